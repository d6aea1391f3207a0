import { expect, test } from 'vitest';
import { type Pairs, setsOfPairs } from '../../src/conflicts/open-pairs.ts';
import { comparisonOf } from './comparison-of.ts';

const known = (...lists: string[][]) => ({ comparison: comparisonOf(...lists), unsolvable: [] });

const all = (count: number): Pairs =>
  Array.from({ length: count }, (_, one) =>
    Array.from({ length: count - one - 1 }, (__, behind) => [one, one + behind + 1] as const),
  ).flat();

test('one set answers all pairs of plugins that nothing speaks against', () => {
  expect(setsOfPairs(all(4), known([], [], [], []), 99)).toEqual([[0, 1, 2, 3]]);
});

test('what answers most pairs comes first, and each pair is in one set', () => {
  const pairs: Pairs = [
    [0, 1],
    [2, 3],
    [2, 4],
    [3, 4],
  ];
  expect(setsOfPairs(pairs, known([], [], [], [], []), 99)).toEqual([
    [2, 3, 4],
    [0, 1],
  ]);
});

test('no set holds what is known to conflict, or more than it may', () => {
  const open = all(4).filter(([one, other]) => one !== 0 || other !== 3);
  const apart = known(['a<1'], [], [], ['a>=1']);
  expect(setsOfPairs(open, apart, 99)).toEqual([
    [0, 1, 2],
    [1, 2, 3],
  ]);
  const sets = setsOfPairs(all(4), { ...known([], [], [], []), unsolvable: [new Set([0, 1, 2])] }, 99);
  expect(sets.some((set) => [0, 1, 2].every((plugin) => set.includes(plugin)))).toBe(false);
  for (const [one, other] of all(4)) expect(sets.some((set) => set.includes(one) && set.includes(other))).toBe(true);
  expect(setsOfPairs(all(4), known([], [], [], []), 2)).toEqual(all(4));
});
