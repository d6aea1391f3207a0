import type { Summary } from './statistics.ts';

/** One measured figure beside its floor, both of the same run. */
export interface Figure {
  readonly name: string;
  /** What `value` is: `ratio`, `calls/s`, `ms`. */
  readonly unit: string;
  readonly value: number;
  readonly goal?: { readonly atMost?: number; readonly atLeast?: number };
  readonly ours: Summary;
  readonly floor?: Summary;
  /** What was measured, and against what. */
  readonly what: string;
}

export function isMet({ value, goal }: Figure): boolean | undefined {
  if (goal === undefined) return undefined;
  return value <= (goal.atMost ?? Number.POSITIVE_INFINITY) && value >= (goal.atLeast ?? Number.NEGATIVE_INFINITY);
}
