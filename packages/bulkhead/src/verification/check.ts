import { asBulkheadError } from '../errors/as-bulkhead-error.ts';
import type { Subject } from './subject.ts';
import { type Finding, type VerifiedProblem, type VerifiedSeries, worstOf } from './verification.ts';

/** One question about a plugin. Checks run one after the other, each on what the ones before it have left running. */
export interface Check {
  readonly name: string;
  /** What it asks, for people. */
  readonly question: string;
  /**
   * @param tell hears how far it has come
   * @throws what ends the whole: the signal's reason. Whatever else it throws counts as its failure.
   */
  run(subject: Subject, tell: (message: string) => void): Promise<Finding>;
}

/** What a check has seen; the worst problem is its verdict. */
export function found(saw: string, problems: readonly VerifiedProblem[] = [], series?: VerifiedSeries): Finding {
  const verdict = problems.length === 0 ? 'passed' : worstOf(problems.map((problem) => problem.verdict));
  return { verdict, saw, problems, series };
}

export function inapplicable(reason: string): Finding {
  return { verdict: 'inapplicable', saw: reason, problems: [] };
}

/** A fault of the plugin. */
export function fault(what: string, advice = ''): VerifiedProblem {
  return { verdict: 'failed', what, code: undefined, blame: 'plugin', advice };
}

/** What its author should know, and need not be a fault. */
export function warning(what: string, advice = ''): VerifiedProblem {
  return { ...fault(what, advice), verdict: 'warned' };
}

/** A failure by an error that was not to come. @param during such as `After a cancelled call` */
export function unexpected(thrown: unknown, during?: string): VerifiedProblem {
  const { message, code, blame, advice } = asBulkheadError(thrown);
  return { verdict: 'failed', what: during === undefined ? message : `${during}: ${message}`, code, blame, advice };
}
