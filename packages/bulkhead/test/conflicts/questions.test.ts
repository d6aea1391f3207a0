import { existsSync } from 'node:fs';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type CheckOptions, checkPlugins } from '../../src/conflicts/check-plugins.ts';
import type { ConflictReport } from '../../src/conflicts/conflict-report.ts';
import type { RequirementList } from '../../src/conflicts/requirement-list.ts';
import { StateFolder } from '../../src/environment/state-folder.ts';
import { UvResolver } from '../../src/environment/uv/uv-resolver.ts';
import { sharedTools } from '../environment/shared-uv.ts';
import { release, releaseSource } from '../environment/wheel-folder.ts';

let root: string;
let wheels: string;
let resolver: UvResolver;

/** Packages of one folder, and no index. */
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'bulkhead-questions-'));
  wheels = join(root, 'wheels');
  await Promise.all([
    release(wheels, 'base', '1'),
    release(wheels, 'base', '2'),
    release(wheels, 'lower', '1', '', ['base<2']),
    release(wheels, 'upper', '1', '', ['base>=2']),
    release(wheels, 'frame', '1', '', ['source']),
    releaseSource(wheels, 'source', '3', join(root, 'built')),
  ]);
  const { uv, answers } = await sharedTools();
  const state = new StateFolder(join(root, 'home'));
  await cp(answers, state.answers, { recursive: true });
  const variables = { ...process.env, BULKHEAD_UV: uv, UV_FIND_LINKS: wheels, UV_DEFAULT_INDEX: `file://${root}` };
  resolver = new UvResolver({ state, variables });
});

afterAll(async () => {
  await rm(root, { recursive: true, force: true, maxRetries: 5 });
});

const list = (id: string, ...dependencies: string[]): RequirementList => ({ id, dependencies, pythonVersion: '3.11' });

async function checked(lists: readonly RequirementList[], more: Partial<CheckOptions> = {}): Promise<ConflictReport> {
  return await checkPlugins(lists, { resolver, signal: new AbortController().signal, ...more });
}

describe('without building', () => {
  test('a package that has no wheel is named, and none of its code runs', async () => {
    const report = await checked([list('one', 'frame'), list('two', 'base'), list('three', 'lower')]);
    expect(report.plugins[0]).toMatchObject({
      state: 'unknown',
      reason: expect.stringMatching(
        /^there is no wheel of source(?:==3)? for Python 3\.11\.\d+; `--build` builds it/,
      ) as unknown,
    });
    expect(report.pairs).toEqual({ conflict: 0, compatible: 1, unknown: 2 });
    expect([...report.unknown()].map(({ plugins }) => plugins)).toEqual([
      ['one', 'two'],
      ['one', 'three'],
    ]);
    expect(existsSync(join(root, 'built'))).toBe(false);
  });

  test('a conflict that needs no such package is proved all the same', async () => {
    const report = await checked([list('low', 'lower'), list('high', 'upper'), list('odd', 'frame')]);
    expect(report.between('low', 'high')).toMatchObject({
      verdict: 'conflict',
      reasons: ['low needs lower, which needs base<2; high needs upper, which needs base>=2'],
    });
  });

  test('an address without a name counts as what is there', async () => {
    const at = (id: string, name: string): RequirementList => ({
      ...list(id),
      unnamed: [{ text: `file://${wheels}/${name}-1-py3-none-any.whl`, place: 'requirements.txt:1' }],
    });
    const report = await checked([at('low', 'lower'), list('high', 'base>=2'), list('any', 'base')]);
    expect(report.between('low', 'high')).toMatchObject({ verdict: 'conflict', proof: 'resolver' });
    expect(report.between('low', 'any')).toMatchObject({ verdict: 'compatible' });
    expect(report.plugins[0]?.alone?.packages.map(({ name }) => name).toSorted()).toEqual(['base', 'lower']);
  });
});

test('what is allowed is built, where nothing else answers', async () => {
  const built: string[] = [];
  const lists = [list('one', 'frame'), list('two', 'base')];
  const onStep = (step: string): unknown => step.includes('building') && built.push(step);
  const report = await checked(lists, { mayBuild: true, onStep });
  expect(report.pairs).toEqual({ conflict: 0, compatible: 1, unknown: 0 });
  expect(existsSync(join(root, 'built'))).toBe(true);
  // not about plugins that wheels are enough for
  expect(built.filter((step) => /resolving two on/.test(step))).toEqual([]);
});

test('very many pairs take few questions', async () => {
  const three = [list('a', 'base<2'), list('b', 'base>=2'), list('c', 'base', 'base==3')];
  const others = Array.from({ length: 16 }, (_, index) => list(`p${index}`, index % 2 === 0 ? 'lower' : 'base'));
  const steps: string[] = [];
  const report = await checked([...three, ...others], { onStep: (step) => steps.push(step) });
  // b conflicts with each lower; c can't be installed
  expect(report.pairs).toEqual({ conflict: 2 + 8, compatible: 16 + 8 + 120, unknown: 17 });
  expect(report.stopped).toBeUndefined();
  expect(steps.length).toBeLessThan(12);
  expect(report.between('b', 'p14')).toMatchObject({
    reasons: ['b needs base>=2; p14 needs lower, which needs base<2'],
  });
  expect(steps[0]).toMatch(/^0 of \d+ answered, resolving a on Python 3\.11\.\d+$/);
});

test('whoever has enough gets what is known by then, and the reason for each pair that is open', async () => {
  const enough = new AbortController();
  const lists = [list('low', 'lower'), list('high', 'upper'), list('old', 'base<1'), list('new', 'base>=2')];
  const report = await checked(lists, {
    enough: enough.signal,
    onStep: () => enough.abort(new Error('it is late')),
  });
  expect(report.stopped).toBe('it is late');
  expect(report.between('old', 'new')).toMatchObject({ verdict: 'conflict', proof: 'specifiers' });
  expect(report.between('low', 'high')).toEqual({
    verdict: 'unknown',
    reason: 'low could not be resolved: it is late',
  });
  expect([...report.unknown()]).toHaveLength(5);
});

test('whoever gives up gets nothing', async () => {
  const giveUp = new AbortController();
  const given = checked([list('low', 'lower')], {
    signal: giveUp.signal,
    onStep: () => giveUp.abort(new Error('no more')),
  });
  await expect(given).rejects.toThrow('no more');
});
