/** The texts that `parseDuration` takes; also the pattern in the registry's JSON Schema. */
export const DURATION_PATTERN: RegExp = /^[0-9]{1,10}(\.[0-9]{1,6})? ?(ms|s|m|h)?$/;

/** For messages: "expected …". */
export const DURATION_FORM = 'a duration such as 500ms, 30s, 5m or 1h, or a number of seconds';

/** Timers of JavaScript hold at most this many milliseconds (almost 25 days) and fire at once when given more. */
const LONGEST_DURATION = 2 ** 31 - 1;

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** Milliseconds, from text such as `500ms`, `30s`, `5m`, `1h`, `30`, or from a number of seconds; undefined when it is none. */
export function parseDuration(value: string | number): number | undefined {
  if (typeof value === 'number') return whole(value * 1000);
  if (!DURATION_PATTERN.test(value)) return undefined;
  const unit = /[a-z]+$/.exec(value)?.[0] ?? 's';
  return whole(Number.parseFloat(value) * (UNITS[unit] ?? Number.NaN));
}

function whole(milliseconds: number): number | undefined {
  const rounded = Math.round(milliseconds);
  return rounded >= 0 && rounded <= LONGEST_DURATION ? rounded : undefined;
}
