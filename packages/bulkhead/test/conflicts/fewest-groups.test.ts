import { describe, expect, test } from 'vitest';
import { CommonWants } from '../../src/conflicts/common-wants.ts';
import { fewestGroups, type Grouping, type Obstacles } from '../../src/conflicts/fewest-groups.ts';
import { seededRandom } from '../requirements/random.ts';
import { comparisonOf } from './comparison-of.ts';

function grouped(
  lists: readonly (readonly string[])[],
  more: Partial<Obstacles> & { units?: number[][] } = {},
): Grouping {
  const { units = lists.map((_, plugin) => [plugin]), ...obstacles } = more;
  return fewestGroups(units, { comparison: comparisonOf(...lists), unsolvable: [], kindOf: () => '', ...obstacles });
}

describe('the fewest groups', () => {
  test('are one where nothing conflicts, and none where nothing is', () => {
    expect(grouped([['a'], ['a>1'], []])).toEqual({ groups: [[0, 1, 2]], isFewest: true });
    expect(grouped([])).toEqual({ groups: [], isFewest: true });
  });

  test('hold what conflicts apart, and the rest together', () => {
    expect(grouped([['a<2'], ['a>=2'], ['b'], ['a<1'], ['a>=3']])).toEqual({
      groups: [
        [0, 3],
        [1, 2, 4],
      ],
      isFewest: true,
    });
  });

  test('see that three can conflict of which any two agree', () => {
    const lists = [1, 2, 3].map((major) => [`a>=1,<4,!=${major}.*`]);
    for (const one of lists) for (const other of lists) expect(grouped([one, other]).groups).toHaveLength(1);
    expect(grouped(lists)).toMatchObject({ groups: { length: 2 }, isFewest: false });
  });

  test('obey the resolver, kinds, and those who share already', () => {
    const four = [[], [], [], []];
    expect(grouped(four, { unsolvable: [new Set([0, 1])] }).groups).toHaveLength(2);
    expect(grouped(four, { unsolvable: [new Set([0, 1, 2])] }).groups).toHaveLength(2);
    expect(grouped(four, { kindOf: (plugin) => String(plugin % 2) }).groups).toEqual([
      [0, 2],
      [1, 3],
    ]);
    expect(grouped([['a<2'], ['a'], ['a>=2']], { units: [[0, 1], [2]] }).groups).toEqual([[0, 1], [2]]);
  });

  test('are no more than trying every partition finds', () => {
    const random = seededRandom();
    for (let round = 0; round < 60; round += 1) {
      const lists = random.list(2, 6, () =>
        random.list(0, 3, () => `${random.of(['a', 'b'])}${random.of(['<2', '>=2', '==1.*', '!=2', '>=1,<3', '==3'])}`),
      );
      const comparison = comparisonOf(...lists);
      const plugins = lists.flatMap((_, plugin) => (comparison.usable[plugin] === 0n ? [] : [plugin]));
      const found = fewestGroups(
        plugins.map((plugin) => [plugin]),
        { comparison, unsolvable: [], kindOf: () => '' },
      );
      const canShare = (group: readonly number[]): boolean => new CommonWants(comparison).join(group);
      const least = Math.min(
        ...partitions(plugins)
          .filter((groups) => groups.every(canShare))
          .map(({ length }) => length),
      );
      const told = `seed ${random.seed}: ${JSON.stringify(lists)}`;
      expect(found.groups.every(canShare), told).toBe(true);
      expect(found.groups.flat().toSorted(), told).toEqual(plugins);
      expect({ length: found.groups.length, isFewest: found.isFewest }, told).toEqual({
        length: least,
        isFewest: true,
      });
    }
  });

  test('of many are proved where as many all conflict with each other', () => {
    const lists = Array.from({ length: 40 }, (_, index) => [`a==${index % 20}`]);
    expect(grouped(lists)).toMatchObject({ groups: { length: 20 }, isFewest: true });
    // a pair that only the resolver refuses counts too, and a unit conflicts when one of its plugins does
    const pairs = Array.from({ length: 16 }, (_, index) => [`a==${index % 2}`]);
    expect(grouped(pairs)).toMatchObject({ groups: { length: 2 }, isFewest: true });
    const [one, other, third] = [pairs.length, pairs.length + 1, pairs.length + 2];
    const unsolvable = [0, 1].map((plugin) => new Set([plugin, one]));
    const units = [...pairs.map((_, plugin) => [plugin]), [one, other], [third]];
    expect(grouped([...pairs, ['b'], ['c'], ['d']], { unsolvable, units })).toMatchObject({
      groups: { length: 3 },
      isFewest: true,
    });
  });

  test('of many are not called the fewest without that proof', () => {
    // five in a ring conflict with their neighbours: they need three groups, but no three all conflict; and there are three rings
    const ring = Array.from({ length: 15 }, (_, index) => [`x${index % 5}<1`, `x${(index + 1) % 5}>=1`]);
    expect(grouped(ring)).toMatchObject({ groups: { length: 3 }, isFewest: false });
  });
});

function partitions(items: readonly number[]): number[][][] {
  const [first, ...rest] = items;
  if (first === undefined) return [[]];
  return partitions(rest).flatMap((groups) => [
    [[first], ...groups],
    ...groups.map((group, index) => groups.with(index, [first, ...group])),
  ]);
}
