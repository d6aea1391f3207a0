import type { HookMode } from './hook-policies.ts';

/** What a chain did. */
export interface ChainOutcome {
  /** After the last hook, or before the one that stopped the chain; the caller's own. */
  readonly data: unknown;
  readonly veto: { readonly hook: string; readonly reason: string } | undefined;
  /** One for each hook that had its turn, in their order. */
  readonly steps: readonly HookStep[];
}

export interface HookStep {
  readonly hook: string;
  readonly mode: HookMode;
  /**
   * `notified`: begun, and not waited for; `skipped`: it failed, and the data went on as it was before; `disabled`, `removed`: it
   * did not run.
   */
  readonly outcome: 'done' | 'notified' | 'skipped' | 'vetoed' | 'disabled' | 'removed';
  /** Of the batch, in which it may not have been alone. */
  readonly milliseconds: number;
  /** Why it was skipped or is disabled. */
  readonly error?: Error;
  /** What it changed, a line for each place, if that was asked for. */
  readonly changes?: readonly string[];
}
