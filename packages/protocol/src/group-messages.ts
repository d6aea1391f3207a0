/**
 * The messages between a host and a group, a process that runs several plugins in threads: README.md, "Groups". They travel on a
 * socket of their own, in the frames of the protocol; LEAVE is that of a template.
 */

/** The numbers are part of the wire: never change or re-use one. */
export const GroupKind = {
  Leave: 73,
  Begin: 75,
  NotBegun: 76,
  Ended: 77,
  Interrupt: 78,
  Culprit: 79,
} as const;

/** `id` numbers the plugins that the host has begun in one group. */
export type GroupRequest =
  /** Begin a plugin, with the sockets that the host has connected. The options are those of the SDK's bootstrap. */
  | readonly [kind: typeof GroupKind.Begin, id: number, options: Readonly<Record<string, string>>]
  /** Raise an exception in all that runs of that plugin, or end its thread. Has no answer. */
  | readonly [kind: typeof GroupKind.Interrupt, id: number]
  /** Run the exit handlers, and end. */
  | readonly [kind: typeof GroupKind.Leave, id: 0];
