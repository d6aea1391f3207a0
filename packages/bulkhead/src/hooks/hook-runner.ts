import type { HookMode, OnNothing } from './hook-policies.ts';

/** A batch ran longer than the sum of its hooks' time limits. */
export class HookTimeIsOver extends Error {
  override readonly name: string = 'HookTimeIsOver';

  constructor(options?: ErrorOptions) {
    super('the time is over', options);
  }
}

/** What a runner has to know of a hook. */
export interface HookToRun {
  readonly name: string;
  readonly mode: HookMode;
  /** Milliseconds. The chain enforces it unless the runner does, see `keepsTime`. */
  readonly timeout: number;
  readonly onNothing: OnNothing;
}

/** How `hooks[completed]` ended instead of finishing. */
export type HookOutcome =
  | { readonly kind: 'veto'; readonly reason: string }
  | { readonly kind: 'failure'; readonly error: unknown }
  /** It returned something that can't go on, such as nothing. `reason` is a clause after "it". */
  | { readonly kind: 'invalid'; readonly reason: string };

export interface BatchResult {
  /** How many hooks finished. */
  readonly completed: number;
  /** The data after those; it belongs to the caller. An audit hook changes nothing. */
  readonly data: unknown;
  /** Of the first hook that did not finish; undefined if all did. */
  readonly outcome?: HookOutcome | undefined;
}

/** The run that a batch belongs to. */
export interface BatchContext {
  readonly event: string;
  /** Aborted when the time is over or the caller has given up. */
  readonly signal: AbortSignal;
  /** Aborted only when the caller has given up, for runners that keep the time themselves. Undefined: the caller gave no signal. */
  readonly unwanted: AbortSignal | undefined;
}

/**
 * Runs hooks that live in one place, such as an instance of a plugin. It gets consecutive hooks of a chain as one batch, so that the
 * data crosses once: each hook gets what the one before it returned, and the first that does not finish ends the batch. Data is
 * never changed in place.
 *
 * Rejects when it can't tell which hook failed, such as when the instance died: the chain then runs the hooks again one by one.
 */
export interface HookRunner {
  /**
   * Whether the runner itself enforces the time limits, counting from when it begins to run the hooks: then it rejects with
   * `HookTimeIsOver`, and also when `unwanted` is aborted. Otherwise the chain does both, counting from the call of `run`.
   */
  readonly keepsTime?: boolean;
  run(hooks: readonly HookToRun[], data: unknown, batch: BatchContext): BatchResult | Promise<BatchResult>;
}
