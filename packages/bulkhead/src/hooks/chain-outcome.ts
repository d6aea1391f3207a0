import type { HookMode } from './hook-policies.ts';

/** What a chain did. */
export interface ChainOutcome {
  /** After the last hook, or before the one that stopped the chain; the caller's own. */
  readonly data: unknown;
  readonly veto: { readonly hook: string; readonly reason: string } | undefined;
  /** One for each hook whose turn came, in order. */
  readonly steps: readonly HookStep[];
}

export interface HookStep {
  readonly hook: string;
  readonly mode: HookMode;
  /**
   * `notified`: begun without waiting for it; `skipped`: it failed, and the chain went on with the data from before it; `disabled`,
   * `removed`: it did not run.
   */
  readonly outcome: 'done' | 'notified' | 'skipped' | 'vetoed' | 'disabled' | 'removed';
  /** Of its batch, which may hold other hooks, too. */
  readonly milliseconds: number;
  /** Why it was skipped or is disabled. */
  readonly error?: Error;
  /** With `trace`: what it changed, a line for each place. */
  readonly changes?: readonly string[];
}
