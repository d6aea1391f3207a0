import type { HookMode, OnNothing } from './hook-policies.ts';

/** The time that hooks have together was over. */
export class HookTimeIsOver extends Error {
  override readonly name: string = 'HookTimeIsOver';

  constructor(options?: ErrorOptions) {
    super('the time is over', options);
  }
}

/** One hook as whoever runs it has to know it. */
export interface HookToRun {
  readonly name: string;
  readonly mode: HookMode;
  /** Milliseconds. The chain keeps the time; a runner may, too. */
  readonly timeout: number;
  readonly onNothing: OnNothing;
}

/** What `hooks[completed]` did instead of coming to its end. */
export type HookOutcome =
  | { readonly kind: 'veto'; readonly reason: string }
  | { readonly kind: 'failure'; readonly error: unknown }
  /** It gave back what can't go on, such as nothing, though nothing is not to be kept; a clause after "it". */
  | { readonly kind: 'invalid'; readonly reason: string };

export interface BatchResult {
  /** How many hooks came to their end. */
  readonly completed: number;
  /** After those, the caller's to keep. An audit hook changes nothing. */
  readonly data: unknown;
  /** Why there were not more; undefined when all came to their end. */
  readonly outcome?: HookOutcome | undefined;
}

/** What a run of hooks belongs to. */
export interface BatchContext {
  readonly event: string;
  /** Aborted when the time is over, or nobody waits any more. */
  readonly signal: AbortSignal;
  /** Aborted when nobody waits any more: enough for who keeps the time himself. Undefined: somebody always does. */
  readonly unwanted: AbortSignal | undefined;
}

/**
 * Runs hooks that live in one place, such as an instance of a plugin. Those that follow each other in a chain are given together, so
 * that the data crosses once: each gets what the one before it returned, and the first that does not come to its end is the
 * last. Data is never changed in place.
 *
 * Rejects when it can't tell which hook it was, such as when the instance died: the hooks are then run again, each by itself.
 */
export interface HookRunner {
  /**
   * Whether it keeps the time of the hooks itself, from where it begins to run them, and rejects with `HookTimeIsOver`; then it
   * also rejects as soon as nobody waits any more. Otherwise the chain sees to both, from where it asks for them.
   */
  readonly keepsTime?: boolean;
  run(hooks: readonly HookToRun[], data: unknown, batch: BatchContext): BatchResult | Promise<BatchResult>;
}
