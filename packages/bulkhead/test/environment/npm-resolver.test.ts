import { readdir } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { compatibilityOf } from '../../src/conflicts/check-compatibility.ts';
import { checkNodePlugins, type NodeList } from '../../src/conflicts/check-node-plugins.ts';
import type { Compatibility } from '../../src/conflicts/compatibility.ts';
import type { NpmRequirementList } from '../../src/conflicts/requirement-list.ts';
import { NpmResolver } from '../../src/environment/node/npm-resolver.ts';
import { NpmWorkbench } from './npm-workbench.ts';
import { onlyInLongRuns } from '../not-run.ts';

let npm: NpmWorkbench;
beforeEach(async () => {
  npm = await NpmWorkbench.open();
  for (const version of ['17.0.2', '18.3.1']) npm.registry.publish({ name: 'react', version });
  npm.registry.publish({ name: 'react-dom', version: '18.3.1', peerDependencies: { react: '^18.3.1' } });
  npm.registry.publish({ name: 'charts', peerDependencies: { 'react-dom': '18' } });
  npm.registry.publish({ name: 'tables', dependencies: { 'react-dom': '18' } });
});
afterEach(async () => {
  await npm.close();
});

const signal = new AbortController().signal;

function resolverOf(options: { refresh?: boolean } = {}): NpmResolver {
  return new NpmResolver({ state: npm.bench.state, variables: npm.bench.variables, ...options });
}

function list(id: string, packages: Record<string, string>, more: Partial<NpmRequirementList> = {}): NodeList {
  return { id, packages, share: undefined, ...more };
}

async function between(one: NodeList, other: NodeList, nodeResolver = resolverOf()): Promise<Compatibility> {
  return await compatibilityOf(one, other, { nodeResolver, signal });
}

describe('npm is asked whether plugins can share', () => {
  test('and resolves what their ranges allow, with several versions of a package side by side', async () => {
    const resolver = resolverOf();
    const found = await between(list('a', { react: '^17' }), list('b', { tables: '1' }), resolver);
    expect(found).toMatchObject({ verdict: 'compatible', python: undefined });
    const versions =
      found.verdict === 'compatible' ? found.packages.map(({ name, version }) => `${name} ${version}`) : [];
    expect(versions.toSorted()).toEqual(['react 17.0.2', 'react 18.3.1', 'react-dom 18.3.1', 'tables 1.0.0']);
    expect(resolver.name).toMatch(/^npm \d/);
    expect(npm.registry.asked.filter((path) => path.includes('/-/'))).toEqual([]);
    expect(await readdir(npm.bench.state.builds)).toEqual([]);
  });

  test.each([
    [{ 'react-dom': '^18.0.0' }, 'b needs react-dom ^18.0.0, and react-dom@18.3.1 needs react ^18.3.1 beside it'],
    [
      { charts: '1' },
      'b needs charts 1, and charts@1.0.0 needs react-dom 18 beside it, and react-dom@18.3.1 needs react ^18.3.1 beside it',
    ],
  ])('and proves a conflict of what has to be beside others, with who needs it: %j', async (packages, chain) => {
    expect(await between(list('a', { react: '^17' }), list('b', packages))).toMatchObject({
      verdict: 'conflict',
      proof: 'resolver',
      reasons: [`react: a needs ^17, ${chain}`],
      words: expect.stringContaining('peer react@"^18.3.1" from react-dom@18.3.1') as string,
    });
  });

  test('and proves that there is no version where their ranges meet', async () => {
    const gap = await between(list('e', { react: '>=17.0.2 <18' }), list('f', { react: '>17.0.2' }));
    expect(gap).toMatchObject({ verdict: 'conflict', proof: 'resolver' });
    expect(gap.verdict === 'conflict' ? gap.reasons : []).toEqual([
      'react: no version of it is >=17.0.2 <18.0.0-0 >17.0.2; e needs >=17.0.2 <18, f needs >17.0.2',
    ]);
  });

  test('and a plugin that has none even alone conflicts with nobody', async () => {
    expect(await between(list('a', { react: '^16' }), list('b', { react: '>=16' }))).toEqual({
      verdict: 'unknown',
      reason: "a: can't be installed even alone, because react: no version of it is ^16; a needs ^16",
    });
  });

  test('and nothing is known where it does not answer, which is not kept', async () => {
    const registry = npm.bench.variables['npm_config_registry'];
    npm.bench.variables['npm_config_registry'] = 'http://127.0.0.1:1/';
    const verdict = await between(list('a', { react: '^17' }), list('b', { react: '>=17' }));
    expect(verdict).toMatchObject({ verdict: 'unknown' });
    expect(verdict.verdict === 'unknown' ? verdict.reason : '').toMatch(/^a: not known, because .*ECONNREFUSED/);
    npm.bench.variables['npm_config_registry'] = registry;
    expect((await between(list('a', { react: '^17' }), list('b', { react: '>=17' }))).verdict).toBe('compatible');
  });

  test('once a day, and again where it is told to', onlyInLongRuns(), async () => {
    const [one, other] = [list('a', { react: '^17' }), list('b', { react: '>=17' })];
    const first = await between(one, other);
    const asked = npm.registry.asked.length;
    expect(asked).toBeGreaterThan(0);
    expect(await between(one, other)).toEqual(first);
    expect(npm.registry.asked.length).toBe(asked);
    expect((await between(one, list('b', { react: '>=17.0.1' }))).verdict).toBe('compatible');
    expect(npm.registry.asked.length).toBeGreaterThan(asked);
    const again = npm.registry.asked.length;
    await between(one, other, resolverOf({ refresh: true }));
    expect(npm.registry.asked.length).toBeGreaterThan(again);
  });

  test('as of the earliest of their days', async () => {
    npm.registry.publish({ name: 'react', version: '17.9.0' }, {}, '2025-06-01T00:00:00.000Z');
    const found = await between(list('a', { react: '^17' }, { asOf: '2024-06-01' }), list('b', { react: '>=17' }));
    expect(found).toMatchObject({ packages: [{ name: 'react', version: '17.0.2' }] });
  });

  test('not where their settings differ, nor where no Node here is in their engines', async () => {
    const one = list('a', { react: '^17' }, { settings: { overrides: { react: '17.0.2' } } });
    expect(await between(one, list('b', { react: '>=17' }))).toMatchObject({
      verdict: 'unknown',
      reason: 'they have different `overrides`, or say different things in their .npmrc',
    });
    const far = list('a', { react: '^17' }, { node: '>=9999' });
    const verdict = await between(far, list('b', { react: '>=17' }));
    expect(verdict.verdict === 'unknown' ? verdict.reason : '').toMatch(/^a: not known, because .* needs Node >=9999/);
    expect(npm.registry.asked).toEqual([]);
  });

  test('with its packages overridden, and what may be missing left out', async () => {
    const settings = { overrides: { react: '18.3.1' } };
    const [one, other] = [
      list('a', { tables: '1' }, { settings }),
      list('b', { gone: '1' }, { settings, optional: ['gone'] }),
    ];
    const found = await between(one, other);
    expect(found.verdict === 'compatible' ? found.packages.map(({ name }) => name).toSorted() : found).toEqual([
      'react',
      'react-dom',
      'tables',
    ]);
  });
});

describe('the plugins of Node of a registry', () => {
  const check = async (lists: readonly NodeList[], more: { focus?: string; enough?: AbortSignal } = {}) =>
    await checkNodePlugins(lists, {}, { resolver: resolverOf(), signal, enough: signal, ...more });

  test('are resolved together first, which answers for each two of them', async () => {
    const lists = ['a', 'b', 'c'].map((id) => list(id, { react: '>=17', [`own-${id}`]: '1' }));
    for (const id of ['a', 'b', 'c']) npm.registry.publish({ name: `own-${id}` });
    const report = await check(lists);
    expect(report).toMatchObject({ conflicts: [], unknown: [], impossible: [] });
    expect(report.compatible.map(({ plugins }) => plugins.join())).toEqual(['a,b', 'a,c', 'b,c']);
    // three alone, and one of all
    expect(await readdir(npm.bench.state.resolutions)).toHaveLength(4);
  });

  test('may conflict though each two of them meet', onlyInLongRuns(), async () => {
    const share = 'js';
    const lists = [
      list('a', { react: '17 || 18' }, {}),
      list('b', { react: '17 || 19' }, {}),
      list('c', { react: '18 || 19' }, {}),
    ].map((each) => ({ ...each, share }));
    npm.registry.publish({ name: 'react', version: '19.0.0' });
    const report = await check(lists);
    expect(report.conflicts).toEqual([]);
    expect(report.compatible).toHaveLength(3);
    expect(report.shared).toMatchObject([
      { verdict: 'conflict', reasons: ['react: a needs 17 || 18, b needs 17 || 19, c needs 18 || 19'] },
    ]);
  });

  test('are named where they have no packages even alone', async () => {
    const report = await check([list('a', { react: '^16' }), list('b', { react: '17' })]);
    expect(report.impossible).toMatchObject([{ plugin: 'a', reason: 'react: no version of it is ^16; a needs ^16' }]);
    expect(report.conflicts).toMatchObject([{ plugins: ['a', 'b'], proof: 'specifiers' }]);
  });

  test('are asked about one of them, where only that is new', onlyInLongRuns(), async () => {
    const report = await check(
      ['a', 'b', 'c'].map((id) => list(id, { react: `>=17 || ${id.codePointAt(0)}` })),
      { focus: 'c' },
    );
    expect(report.compatible.map(({ plugins }) => plugins.join())).toEqual(['a,c', 'b,c']);
    expect(report.unknown).toMatchObject([{ plugins: ['a', 'b'] }]);
  });

  test('are not asked any more when it is enough', async () => {
    const enough = AbortSignal.abort(new Error('the time limit of 1 s was over'));
    const report = await check([list('a', { react: '17' }), list('b', { react: '>=17' })], { enough });
    expect(report.unknown).toMatchObject([{ reason: 'a: not known, because the time limit of 1 s was over' }]);
    expect(npm.registry.asked).toEqual([]);
  });
});
