import { satisfies } from 'semver';
import { describe, expect, test } from 'vitest';
import { bothNpmRanges, npmRangesMeet } from '../../src/requirements/npm-range.ts';

const VERSIONS = ['0.9.0', '1.0.0', '1.2.0', '1.9.9', '2.0.0', '2.5.1', '3.0.0', '4.1.0', '10.0.0'];
const RANGES = [
  '*',
  '',
  '^1.2.0',
  '~1.2',
  '>=1 <3',
  '1.x || >=2.5.0',
  '<2 || ^4',
  '>2.0.0',
  '1.0.0 - 2.0.0',
  '10',
  '^0.9',
];

describe('two ranges', () => {
  test('have in common what is in both, whichever comes first', () => {
    for (const one of RANGES)
      for (const other of RANGES) {
        const both = bothNpmRanges(one, other);
        const inBoth = VERSIONS.filter((version) => satisfies(version, one) && satisfies(version, other));
        expect(
          both === undefined ? [] : VERSIONS.filter((version) => satisfies(version, both)),
          `${one} and ${other}`,
        ).toEqual(inBoth);
        if (inBoth.length > 0) expect(npmRangesMeet(one, other)).toBe(true);
        expect(both === undefined).toBe(npmRangesMeet(one, other) === false);
      }
  });

  test('of which one is none say nothing, unless they are the same', () => {
    expect(npmRangesMeet('next', '^1')).toBeUndefined();
    expect(bothNpmRanges('next', '^1')).toBeUndefined();
    expect(npmRangesMeet('git+ssh://a/b.git', 'git+ssh://a/b.git')).toBe(true);
    expect(bothNpmRanges('next', 'next')).toBe('next');
  });

  test('that are longer than sensible ones are not read', () => {
    const long = Array.from({ length: 400 }, (_, index) => `${index}.0.0`).join(' || ');
    expect(npmRangesMeet(long, '^1')).toBeUndefined();
  });
});
