import type { Blame } from '../errors/catalogue/entry.ts';

/** `inapplicable`: there was nothing to check, for a reason that is told. */
export type Verdict = 'passed' | 'warned' | 'failed' | 'inapplicable';

/** What one check has found wrong. */
export interface VerifiedProblem {
  readonly verdict: 'failed' | 'warned';
  /** What happened, in whole sentences. */
  readonly what: string;
  /** The code of the error that was met, if one was. */
  readonly code: string | undefined;
  readonly blame: Blame;
  /** What to do about it; empty if nothing is known. */
  readonly advice: string;
}

/** A series of measurements, for a chart. */
export interface VerifiedSeries {
  /** Calls that had been made by then. */
  readonly calls: readonly number[];
  /** Bytes of memory at that time. */
  readonly memory: readonly number[];
}

/** What a check has found. */
export interface Finding {
  readonly verdict: Verdict;
  /** What was done and seen, on one line; of one that is inapplicable why it is. */
  readonly saw: string;
  readonly problems: readonly VerifiedProblem[];
  readonly series?: VerifiedSeries | undefined;
}

export interface VerifiedCheck extends Finding {
  readonly check: string;
  /** What the check asks, as a question. */
  readonly question: string;
  /** Milliseconds. */
  readonly duration: number;
}

/** What was called of an action. */
export interface VerifiedAction {
  readonly name: string;
  /** Where its inputs came from; undefined: it was not called. */
  readonly inputs: 'examples' | 'schema' | undefined;
  /** How many different inputs it was called with. */
  readonly count: number;
  /** Why it was not called. */
  readonly reason: string | undefined;
}

/** The plugin in one tier over one transport. */
export interface VerifiedVariant {
  /** Such as `process`. */
  readonly tier: string;
  /** Such as `socket`; undefined of a tier that leaves no choice. */
  readonly transport: string | undefined;
  /** The worst of its checks. */
  readonly verdict: Verdict;
  /** Why nothing was checked: the plugin can't be run so. */
  readonly reason: string | undefined;
  readonly actions: readonly VerifiedAction[];
  /** In the order in which they ran. */
  readonly checks: readonly VerifiedCheck[];
}

/** What `verifyPlugin` has found. */
export interface Verification {
  readonly plugin: string;
  readonly version: string | undefined;
  readonly folder: string;
  /** The worst of its variants. */
  readonly verdict: Verdict;
  readonly variants: readonly VerifiedVariant[];
  /** Milliseconds. */
  readonly duration: number;
}

const SEVERITY: readonly Verdict[] = ['inapplicable', 'passed', 'warned', 'failed'];

export function worstOf(verdicts: readonly Verdict[]): Verdict {
  return SEVERITY[Math.max(0, ...verdicts.map((verdict) => SEVERITY.indexOf(verdict)))]!;
}
