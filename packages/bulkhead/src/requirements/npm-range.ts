import { type Comparator, Range } from 'semver';

/** The most characters of a range. Each part is compared with each part of the other range, which takes quadratic time. */
export const LONGEST_RANGE = 1_000;

/** Undefined: it is no range, but an address, a tag or a folder; or it is longer than any sensible one. */
export function npmRange(text: string): Range | undefined {
  if (text.length > LONGEST_RANGE) return undefined;
  try {
    return new Range(text, { includePrerelease: true });
  } catch {
    return undefined;
  }
}

/** Whether some version is in both. Undefined when one of them is no range, unless they are the same. */
export function npmRangesMeet(mine: string, theirs: string): boolean | undefined {
  const [left, right] = [npmRange(mine), npmRange(theirs)];
  if (left === undefined || right === undefined) return mine === theirs ? true : undefined;
  return left.intersects(right);
}

/** The range of all versions that are in both. Undefined: there are none, or one of them is no range. */
export function bothNpmRanges(mine: string, theirs: string): string | undefined {
  if (mine === theirs) return mine;
  const [left, right] = [npmRange(mine), npmRange(theirs)];
  if (left === undefined || right === undefined) return undefined;
  const parts = left.set.flatMap((one) => right.set.map((other) => [textOf(one), textOf(other)] as const));
  const met = parts.filter(([one, other]) => npmRangesMeet(one, other) === true);
  const texts = met.map(([one, other]) => [one, other].filter((part) => part !== '*').join(' ') || '*');
  return texts.length === 0 ? undefined : [...new Set(texts)].join(' || ');
}

/** A part of a range, all of whose comparators have to hold. */
function textOf(comparators: readonly Comparator[]): string {
  return (
    comparators
      .map(({ value }) => value)
      .filter((value) => value !== '')
      .join(' ') || '*'
  );
}
