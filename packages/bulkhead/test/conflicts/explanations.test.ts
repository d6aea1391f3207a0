import { describe, expect, test } from 'vitest';
import { builtApart } from '../../src/conflicts/built-apart.ts';
import { npmClash } from '../../src/conflicts/npm-ranges.ts';
import { requirementChain } from '../../src/conflicts/requirement-chain.ts';
import type { Need, ResolvedPackage } from '../../src/conflicts/resolver.ts';

/** `who` may name some of its versions, and be several: `x>=2 | x==1`. */
const need = (who: string, what: string, { isPlugin = false, isConcluded = false } = {}): Need => {
  const name = (text: string): string => /^[\w-]+/.exec(text)?.[0] ?? '';
  const specifiers = (text: string): string[] => text.split(' | ').map((each) => each.slice(name(each).length));
  return {
    who: name(who),
    isPlugin,
    of: specifiers(who),
    name: name(what),
    what,
    wants: specifiers(what),
    isConcluded,
  };
};
const plugin = (who: string, what: string): Need => need(who, what, { isPlugin: true });
const concluded = (who: string, what: string): Need => need(who, what, { isConcluded: true });

describe('the chain', () => {
  test('goes from each plugin to what both need', () => {
    const needs = [
      plugin('flow', 'airflow==2.5.0'),
      need('airflow', 'builder==4.1'),
      need('builder', 'sqlalchemy<1.5'),
      plugin('orm', 'sqlalchemy>=2'),
    ];
    expect(requirementChain(['flow', 'orm'], needs)).toBe(
      'flow needs airflow==2.5.0, which needs builder==4.1, which needs sqlalchemy<1.5; orm needs sqlalchemy>=2',
    );
  });

  test('does not end where both need the same, nor go round in circles', () => {
    const needs = [plugin('a', 'x'), plugin('b', 'x'), need('x', 'y'), need('y', 'x')];
    expect(requirementChain(['a', 'b'], needs)).toBeUndefined();
    expect(requirementChain(['a', 'b'], [])).toBeUndefined();
  });
});

describe('a chain by versions', () => {
  const [asks, old] = [plugin('web', 'flask>=2.2'), plugin('old', 'werkzeug<2')];

  test('takes the step that holds for what is asked for, not that of another version', () => {
    const needs = [need('flask==1.0', 'werkzeug>=0.14'), need('flask>=2.2.0', 'werkzeug>=2.2'), asks, old];
    expect(requirementChain(['web', 'old'], needs)).toBe(
      'web needs flask>=2.2, which needs werkzeug>=2.2; old needs werkzeug<2',
    );
  });

  test('takes the conclusion where no single step holds for all, and steps before conclusions where they do', () => {
    const needs = [
      need('flask>=2.2.0,<3', 'werkzeug>=2.2'),
      need('flask>=3', 'werkzeug>=3'),
      concluded('flask>=2.2.0', 'werkzeug>=2.2'),
      asks,
      old,
    ];
    expect(requirementChain(['web', 'old'], needs)).toContain('flask>=2.2, which needs werkzeug>=2.2;');
    const through = [
      plugin('web', 'site==1'),
      need('site==1', 'flask==3'),
      need('flask==3', 'werkzeug>=3'),
      concluded('site==1', 'werkzeug>=3'),
      old,
    ];
    expect(requirementChain(['web', 'old'], through)).toContain('web needs site==1, which needs flask==3, which needs');
  });

  test('says that it knows of some versions only, and takes the conclusion about the most', () => {
    const needs = [
      need('flask>=2.2.0,<=2.2.5', 'werkzeug>=2.2'),
      concluded('flask>=2.2.0,<=2.2.5', 'werkzeug>=2.2'),
      need('flask==2.3.0', 'werkzeug>=2.3.3'),
      concluded('flask>=2.2.0,<=2.3.0', 'werkzeug>=2.1'),
      need('flask>=3.0.0', 'werkzeug>=3'),
      asks,
      old,
    ];
    expect(requirementChain(['web', 'old'], needs)).toBe(
      'web needs flask>=2.2, some versions of which need werkzeug>=2.1; old needs werkzeug<2',
    );
  });

  test('counts alternatives together', () => {
    const needs = [need('flask>=2.2,<2.4 | flask>=2.3', 'werkzeug>=2.2'), asks, old];
    expect(requirementChain(['web', 'old'], needs)).toContain(', which needs werkzeug>=2.2;');
  });

  test('ends where the plugins clash, though they share a nearer package', () => {
    const needs = [
      plugin('a', 'six'),
      plugin('b', 'six<2'),
      plugin('a', 'x==1'),
      need('x==1', 'y<2'),
      plugin('b', 'y>=2'),
    ];
    expect(requirementChain(['a', 'b'], needs)).toBe('a needs x==1, which needs y<2; b needs y>=2');
  });
});

describe('packages built apart', () => {
  const package_ = (
    name: string,
    version: string,
    released: string,
    more: Partial<ResolvedPackage> = {},
  ): ResolvedPackage => ({
    name,
    version,
    released: `${released}T12:00:00Z`,
    size: 1,
    isCompiled: true,
    needs: [],
    ...more,
  });
  const pandas = package_('pandas', '2.0.0', '2023-04-03', { needs: ['numpy'] });

  test('are those compiled before the numpy that they get, with the day to go back to', () => {
    expect(builtApart([pandas, package_('numpy', '2.4.6', '2026-05-01')], ['pandas'])).toMatchObject([
      { older: { name: 'pandas' }, newer: { name: 'numpy' }, asOf: '2023-06-01' },
    ]);
  });

  test('are none where versions, machine code or dates say nothing', () => {
    const numpy = package_('numpy', '2.4.6', '2026-05-01');
    expect(builtApart([pandas, package_('numpy', '1.26.4', '2024-02-05')], [])).toEqual([]);
    expect(builtApart([package_('pandas', '2.2.2', '2024-04-10', { needs: ['numpy'] }), numpy], [])).toEqual([]);
    expect(builtApart([{ ...pandas, isCompiled: false }, numpy], [])).toEqual([]);
    expect(builtApart([{ ...pandas, released: undefined }, numpy], [])).toEqual([]);
    expect(builtApart([{ ...pandas, needs: [] }, numpy], [])).toEqual([]);
  });
});

describe('npm ranges', () => {
  test.each([
    ['^4.1.0', '^4.0.0 || ^5', undefined],
    ['^4.1.0', '^3', 'zod: a needs ^4.1.0, b needs ^3'],
    ['1.x', '>=2', 'zod: a needs 1.x, b needs >=2'],
    ['>=1 <2 || >=3 <4', '2.x', 'zod: a needs >=1 <2 || >=3 <4, b needs 2.x'],
    ['*', '', undefined],
  ])('%s and %s', (one, other, reason) => {
    const verdict = npmClash({ id: 'a', packages: { zod: one } }, { id: 'b', packages: { zod: other } });
    expect(verdict?.verdict === 'conflict' ? verdict.reasons[0] : undefined).toBe(reason);
  });

  test('what is no range is not known, and holds up no other', () => {
    const odd = { id: 'a', packages: { x: 'github:someone/x', y: '1' } };
    expect(npmClash(odd, { id: 'b', packages: { x: '^1' } })).toEqual({
      verdict: 'unknown',
      reason: '"github:someone/x" of x is no range of versions',
    });
    expect(npmClash(odd, { id: 'b', packages: { x: '^1', y: '2' } })).toMatchObject({ verdict: 'conflict' });
  });

  test('one that is longer than any that is read is not known, and says so', () => {
    const long = `${'1||'.repeat(333)}1`;
    expect(npmClash({ id: 'a', packages: { x: long } }, { id: 'b', packages: { x: '2' } })?.verdict).toBe('conflict');
    expect(npmClash({ id: 'a', packages: { x: `${long} ` } }, { id: 'b', packages: { x: '2' } })).toEqual({
      verdict: 'unknown',
      reason: 'the range of x is 1001 characters long, and at most 1000 are read',
    });
  });

  test('Node counts too', () => {
    expect(npmClash({ id: 'a', packages: {}, node: '<20' }, { id: 'b', packages: {}, node: '>=22' })).toMatchObject({
      reasons: ['Node: a needs <20, b needs >=22'],
    });
  });
});
