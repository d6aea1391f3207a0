/**
 * The messages between a host and a template, which imports a plugin once and forks its instances: README.md, "Templates".
 * They travel on a socket of their own, in the frames of the protocol.
 */

/** The numbers are part of the wire: never change or re-use one. */
export const TemplateKind = {
  Fork: 64,
  Check: 65,
  Imported: 66,
  Refused: 67,
  Failed: 68,
  Forked: 69,
  NotForked: 70,
  Checked: 71,
  Exited: 72,
  Leave: 73,
  Signal: 74,
} as const;

/** `id` numbers the host's requests to one template. */
export type TemplateRequest =
  /** Fork an instance, with the sockets that the host has made for that number. */
  | readonly [kind: typeof TemplateKind.Fork, id: number]
  /** Say whether an instance that was forked earlier would be forked so today. */
  | readonly [kind: typeof TemplateKind.Check, id: number]
  /** Signal the instance of that FORK, or all of its process group, if it still runs. Has no answer. */
  | readonly [kind: typeof TemplateKind.Signal, id: number, signal: number, wholeGroup: boolean]
  /** Run the exit handlers of the plugin's import, and end. */
  | readonly [kind: typeof TemplateKind.Leave, id: 0];

/** The most bytes that a template's frame may have. */
export const TEMPLATE_FRAME_BYTES: number = 256 * 1024;
