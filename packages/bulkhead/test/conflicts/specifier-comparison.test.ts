import { describe, expect, test } from 'vitest';
import { reasonsOf } from '../../src/conflicts/specifier-reasons.ts';
import type { RequirementList } from '../../src/conflicts/requirement-list.ts';
import { evaluateMarker } from '../../src/requirements/marker.ts';
import { isProblem } from '../../src/requirements/problem.ts';
import { parseRequirement } from '../../src/requirements/requirement.ts';
import { VersionSet } from '../../src/requirements/version-set.ts';
import { type Random, seededRandom } from '../requirements/random.ts';
import { comparisonOf, LINUX } from './comparison-of.ts';

function reasons(...lists: readonly (readonly string[] | RequirementList)[]): string[] | undefined {
  const comparison = comparisonOf(...lists);
  const conflict = comparison.between(0, 1);
  return conflict === undefined ? undefined : reasonsOf(0, 1, conflict, comparison);
}

const on = (id: string, pythonVersion: string, dependencies: string[] = []): RequirementList => ({
  id,
  pythonVersion,
  dependencies,
});

describe('two plugins', () => {
  test.each([
    [['pandas==2.0.0'], ['Pandas<2'], ['pandas: p0 needs ==2.0.0, p1 needs <2']],
    [
      ['a>=1', 'b<3'],
      ['a<1', 'b>=3,<4'],
      ['a: p0 needs >=1, p1 needs <1', 'b: p0 needs <3, p1 needs >=3,<4'],
    ],
    [['a===1.0'], ['a!=1'], ['a: p0 needs ===1.0, p1 needs !=1']],
    [['a==1+cpu'], ['a==1+gpu'], ['a: p0 needs ==1+cpu, p1 needs ==1+gpu']],
    // the marker leaves Pythons in which nothing conflicts
    [['a>=2; python_version >= "3.12"'], ['a<2'], undefined],
    [
      ['a>=2; python_version >= "3.12"', 'a>=3; python_version < "3.12"'],
      ['a<2'],
      ['a: p0 needs >=2 ; python_version >= "3.12" and >=3 ; python_version < "3.12", p1 needs <2'],
    ],
    [['a>=2; sys_platform == "win32"'], ['a<2'], undefined],
    [['a>=2; extra == "test"'], ['a<2'], undefined],
    [['a>=2'], ['b<2'], undefined],
    [['a[x]>=1'], ['a[y]<2'], undefined],
    [['a @ https://host/a.whl'], ['a<2'], undefined],
    [['a>=2.*'], ['a<2'], undefined],
  ])('%j and %j: %j', (one, other, expected) => {
    expect(reasons(one, other)).toEqual(expected);
  });

  test('that have no Python in common', () => {
    expect(reasons(on('old', '3.9'), on('new', '3.13'))).toEqual(['Python: old needs 3.9, new needs 3.13']);
    expect(reasons(on('one', '3.11.7'), on('other', '3.11.8'))).toEqual([
      'Python: one needs 3.11.7, other needs 3.11.8',
    ]);
    expect(reasons({ id: 'up', dependencies: [], requiresPython: '>=3.11' }, on('at', '3.11'))).toBeUndefined();
  });

  test('whose packages conflict in some Pythons, and whose Pythons leave only those', () => {
    const marked = ['a>=2; python_version < "3.11"', 'b>=2; python_version >= "3.11"'];
    expect(reasons(marked, ['a<2', 'b<2'])).toEqual([
      'a: p0 needs >=2 ; python_version < "3.11", p1 needs <2 (on Python 3.9 to 3.10)',
      'b: p0 needs >=2 ; python_version >= "3.11", p1 needs <2 (on Python 3.11 or newer)',
    ]);
    expect(reasons({ id: 'x', dependencies: marked, pythonVersion: '3.9' }, on('y', '3.9', ['a<2']))).toEqual([
      'a: x needs >=2 ; python_version < "3.11", y needs <2',
    ]);
    expect(reasons(marked, ['a<2'])).toBeUndefined();
  });

  test('where only one release of a Python makes the difference', () => {
    const drawn = ['a>=2; python_full_version != "3.12.4"'];
    expect(reasons(drawn, on('y', '3.12', ['a<2']))).toBeUndefined();
    expect(reasons(drawn, on('y', '3.12.5', ['a<2']))).toHaveLength(1);
  });

  test('may draw lines at any number of releases: the Pythons that are tried stay few', () => {
    const drawn = Array.from({ length: 300 }, (_, patch) => `a; python_full_version != "3.12.${patch}"`);
    const { grid } = comparisonOf(drawn, ['a']);
    expect(grid.versions.filter((version) => version.startsWith('3.12.'))).toHaveLength(100);
    expect(grid.versions).toHaveLength(106);
  });

  test('one of which asks for the impossible conflict with no other', () => {
    const comparison = comparisonOf(['a>=2', 'a<1'], ['a>=2'], on('z', '3.7'));
    expect(comparison.usable.map((pythons) => pythons === 0n)).toEqual([true, false, true]);
  });
});

test('random plugins conflict exactly where no Python is left, by trying each for itself', () => {
  const random = seededRandom();
  for (let round = 0; round < 40; round += 1) {
    const lists = random.list(12, 12, () => randomList(random));
    const comparison = comparisonOf(...lists.map((list, index) => ({ ...list, id: `p${index}` })));
    for (const [index, one] of lists.entries())
      for (const [position, other] of lists.entries()) {
        if (position <= index || comparison.usable[index] === 0n || comparison.usable[position] === 0n) continue;
        const expected = comparison.grid.versions.every((version) => !canShare([one, other], version));
        const told = `seed ${random.seed}: ${JSON.stringify([one, other])}`;
        expect(comparison.between(index, position) !== undefined, told).toBe(expected);
        expect(comparison.conflicts[index]?.has(position), told).toBe(expected);
        expect(comparison.conflicts[position]?.has(index), told).toBe(expected);
      }
  }
});

function randomList(random: Random): RequirementList {
  const python = random.of(['>=3.9', '>=3.9', '>=3.11', '<3.12', '>=3.10,!=3.12.*', '==3.9.*']);
  const dependencies = random.list(0, 4, () => {
    const version = random.of(['', '>=2', '<2', '==1.*', '>=1,<3', '!=2', '>2.0', '<=2']);
    const marker = random.of([
      '',
      '',
      '',
      '; python_version < "3.11"',
      '; python_version >= "3.11"',
      '; os_name == "nt"',
    ]);
    return `${random.of(['a', 'b', 'c'])}${version}${marker}`;
  });
  return { id: '', requiresPython: python, dependencies };
}

/** Written apart from what is tested: no classes, no bits, one Python after the other. */
function canShare(lists: readonly RequirementList[], python: string): boolean {
  const environment = {
    ...LINUX,
    python_version: python.split('.').slice(0, 2).join('.'),
    python_full_version: python,
    implementation_version: python,
    extra: '',
  };
  const wanted = new Map<string, VersionSet>();
  for (const { requiresPython = '', dependencies } of lists) {
    const pythons = parseRequirement(`python${requiresPython}`);
    const own = parseRequirement(`python==${python}`);
    if (isProblem(pythons) || isProblem(own)) throw new Error('the test asks for no version');
    if ((pythons.versions ?? VersionSet.all).intersect(own.versions ?? VersionSet.none).isEmpty) return false;
    for (const text of dependencies) {
      const parsed = parseRequirement(typeof text === 'string' ? text : text.text);
      if (isProblem(parsed)) throw new Error(parsed.problem);
      const { name, versions = VersionSet.all, condition } = parsed;
      if (condition !== undefined && evaluateMarker(condition, environment) !== true) continue;
      wanted.set(name, (wanted.get(name) ?? VersionSet.all).intersect(versions));
    }
  }
  return [...wanted.values()].every((versions) => !versions.isEmpty);
}
