import { describe, expect, test } from 'vitest';
import { servesAlso } from '../../src/conflicts/serves-also.ts';
import { readList, type RequirementList } from '../../src/conflicts/requirement-list.ts';
import type { ResolvedPackage } from '../../src/conflicts/resolver.ts';

const packages = ['six 1.16.0', 'attrs 23.2.0', 'torch 2.1.0+cpu', 'early 2.0rc1'].map((text): ResolvedPackage => {
  const [name = '', version = ''] = text.split(' ');
  return { name, version, released: undefined, size: undefined, isCompiled: false, needs: [] };
});

const serves = (dependencies: readonly string[], more: Partial<RequirementList> = {}): boolean =>
  servesAlso(packages, readList({ id: 'other', dependencies, ...more }));

describe('what others resolve to', () => {
  test('serves who asks for nothing else', () => {
    expect(serves([])).toBe(true);
    expect(serves(['six', 'Attrs>=23,<24'])).toBe(true);
    expect(serves(['torch==2.1.0'])).toBe(true);
    expect(serves(['six>=1.16; python_version >= "3.9"'])).toBe(true);
  });

  test.each([
    ['another version', ['six<1.16']],
    ['another package', ['six', 'idna']],
    ['an extra, which may need more', ['attrs[tests]']],
    ['an address', ['six @ https://host/six-1.16.0.zip']],
    ['what only installers can read', ['six>=1.*']],
    ['a version that it would not get by itself', ['early>=1']],
    ['what nobody can read', ['six 1.0']],
  ])('does not serve who asks for %s', (_, dependencies) => {
    expect(serves(dependencies)).toBe(false);
  });

  test('does not serve who asks for a package whose name is not known', () => {
    expect(serves(['six'], { unnamed: [{ text: 'https://host/x.zip', place: 'requirements.txt:1' }] })).toBe(false);
  });
});
