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

/** Such as `≤ 1.3, met`; empty where there is none. */
export function describeGoal(figure: Figure, number: (value: number) => string): string {
  if (figure.goal === undefined) return '';
  const { atMost, atLeast } = figure.goal;
  const bound = atMost === undefined ? `≥ ${number(atLeast ?? 0)}` : `≤ ${number(atMost)}`;
  return `${bound}, ${isMet(figure) === true ? 'met' : '**missed**'}`;
}

function isMet({ value, goal }: Figure): boolean | undefined {
  if (goal === undefined) return undefined;
  return value <= (goal.atMost ?? Number.POSITIVE_INFINITY) && value >= (goal.atLeast ?? Number.NEGATIVE_INFINITY);
}
