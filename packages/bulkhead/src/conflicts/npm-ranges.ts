import { isDeepStrictEqual } from 'node:util';
import { LONGEST_RANGE, npmRange, npmRangesMeet } from '../requirements/npm-range.ts';
import type { Conflict, NotKnown } from './compatibility.ts';
import type { NpmRequirementList } from './requirement-list.ts';

export const RANGES_MEET = 'their ranges meet, but whether there are versions where they do is not known';

/** What keeps two plugins from being resolved together; undefined: their ranges meet, which proves nothing. */
export function npmClash(one: NpmRequirementList, other: NpmRequirementList): Conflict | NotKnown | undefined {
  const shared = Object.keys(one.packages).filter((name) => Object.hasOwn(other.packages, name));
  const wants = [
    ...(one.node === undefined || other.node === undefined
      ? []
      : [{ name: 'Node', mine: one.node, theirs: other.node }]),
    ...shared.map((name) => ({ name, mine: one.packages[name] ?? '', theirs: other.packages[name] ?? '' })),
  ];
  const compared = wants.map((want) => ({ ...want, meet: npmRangesMeet(want.mine, want.theirs) }));
  const reasons = compared
    .filter(({ meet }) => meet === false)
    .map(({ name, mine, theirs }) => `${name}: ${one.id} needs ${mine}, ${other.id} needs ${theirs}`);
  if (reasons.length > 0) return { verdict: 'conflict', proof: 'specifiers', reasons };
  const unclear = compared.find(({ meet }) => meet === undefined);
  if (unclear !== undefined) return { verdict: 'unknown', reason: whyUnclear(unclear) };
  if (isDeepStrictEqual(one.settings ?? {}, other.settings ?? {})) return undefined;
  return { verdict: 'unknown', reason: 'they have different `overrides`, or say different things in their .npmrc' };
}

function whyUnclear({ name, mine, theirs }: { name: string; mine: string; theirs: string }): string {
  const text = npmRange(mine) === undefined ? mine : theirs;
  if (text.length > LONGEST_RANGE)
    return `the range of ${name} is ${text.length} characters long, and at most ${LONGEST_RANGE} are read`;
  return `"${text}" of ${name} is no range of versions`;
}
