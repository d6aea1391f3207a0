import { Range } from 'semver';
import type { Compatibility } from './compatibility.ts';
import type { NpmRequirementList } from './requirement-list.ts';

/** The most characters of a range. Each part is compared with each part of the other range, which takes quadratic time. */
const LONGEST_RANGE = 1_000;

/**
 * Says whether one version of each package could serve both plugins. Ranges that meet prove nothing: npm is not asked whether
 * it has a version where they do.
 */
export function compareNpm(one: NpmRequirementList, other: NpmRequirementList): Compatibility {
  const shared = Object.keys(one.packages).filter((name) => Object.hasOwn(other.packages, name));
  const wants = [
    ...(one.node === undefined || other.node === undefined
      ? []
      : [{ name: 'Node', mine: one.node, theirs: other.node }]),
    ...shared.map((name) => ({ name, mine: one.packages[name] ?? '', theirs: other.packages[name] ?? '' })),
  ];
  const compared = wants.map((want) => ({ ...want, meet: meet(want.mine, want.theirs) }));
  const reasons = compared
    .filter(({ meet: met }) => met === false)
    .map(({ name, mine, theirs }) => `${name}: ${one.id} needs ${mine}, ${other.id} needs ${theirs}`);
  if (reasons.length > 0) return { verdict: 'conflict', proof: 'specifiers', reasons };
  const unclear = compared.find(({ meet: met }) => met === undefined);
  if (unclear !== undefined) return { verdict: 'unknown', reason: whyUnclear(unclear) };
  return { verdict: 'unknown', reason: 'their ranges meet, but whether there are versions where they do is not known' };
}

/** Undefined when one of them is no range, but an address, a tag or a folder. */
function meet(mine: string, theirs: string): boolean | undefined {
  const [left, right] = [rangeOf(mine), rangeOf(theirs)];
  if (left === undefined || right === undefined) return mine === theirs ? true : undefined;
  return left.intersects(right);
}

function whyUnclear({ name, mine, theirs }: { name: string; mine: string; theirs: string }): string {
  const text = rangeOf(mine) === undefined ? mine : theirs;
  if (text.length > LONGEST_RANGE)
    return `the range of ${name} is ${text.length} characters long, and at most ${LONGEST_RANGE} are read`;
  return `"${text}" of ${name} is no range of versions`;
}

function rangeOf(text: string): Range | undefined {
  if (text.length > LONGEST_RANGE) return undefined;
  try {
    return new Range(text, { includePrerelease: true });
  } catch {
    return undefined;
  }
}
