import { describe, expect, test } from 'vitest';
import { checkPlugins } from '../../src/conflicts/check-plugins.ts';
import type { ConflictReport } from '../../src/conflicts/conflict-report.ts';
import type { RequirementList } from '../../src/conflicts/requirement-list.ts';
import { StateFolder } from '../../src/environment/state-folder.ts';
import { UvResolver } from '../../src/environment/uv/uv-resolver.ts';
import { checkCompatibility } from '../../src/manager/check-two-plugins.ts';
import { sharedTools } from '../environment/shared-uv.ts';
import { TEST_HOME } from '../test-home.ts';

/** What the index had then, so that the answers stay the same. */
const asOf = '2024-05-01';

async function checked(
  lists: readonly RequirementList[],
  variables: NodeJS.ProcessEnv = process.env,
  onStep: (message: string) => void = () => undefined,
): Promise<ConflictReport> {
  const { uv } = await sharedTools();
  const resolver = new UvResolver({ state: new StateFolder(TEST_HOME), variables: { ...variables, BULKHEAD_UV: uv } });
  return await checkPlugins(lists, { resolver, signal: new AbortController().signal, onStep });
}

const list = (id: string, ...dependencies: string[]): RequirementList => ({
  id,
  dependencies,
  pythonVersion: '3.11',
  asOf,
});

describe('with the package index', () => {
  test('what packages need in turn is a conflict, with the chain and the words of uv', async () => {
    const report = await checked([list('text_tools', 'fastapi==0.95.0'), list('web_api', 'pydantic>=2', 'six')]);
    expect(report.pairs).toEqual({ conflict: 1, compatible: 0, unknown: 0 });
    const [conflict] = report.conflicts();
    expect(conflict).toMatchObject({ plugins: ['text_tools', 'web_api'], proof: 'resolver' });
    expect(conflict?.reasons[0]).toMatch(
      /^text_tools needs fastapi==0\.95\.0, which needs pydantic.*; web_api needs pydantic>=2$/,
    );
    expect(conflict?.words).toContain('web_api depends on pydantic>=2');
    expect(conflict?.words).not.toContain('bulkhead-plugin');
    expect(conflict?.words).not.toContain('No solution found');
    expect(report.groups.map(({ plugins }) => plugins)).toEqual([['text_tools'], ['web_api']]);
  });

  test('the chain speaks of all versions only where the words of uv do', async () => {
    const told = async (one: string, other: string): Promise<string | undefined> => {
      const report = await checked([list('one', one), list('other', other)]);
      return [...report.conflicts()][0]?.reasons[0];
    };
    expect(await told('flask>=2.2', 'werkzeug<2')).toBe(
      'one needs flask>=2.2, some versions of which need werkzeug>=2.2.0; other needs werkzeug<2',
    );
    expect(await told('requests>=2.28', 'urllib3<1.21')).toBe(
      'one needs requests>=2.28, which needs urllib3>=1.21.1,<3; other needs urllib3<1.21',
    );
    // lists of versions stand on lines of their own
    expect(await told('botocore>=1.20', 'urllib3<1.25')).toBe(
      'one needs botocore>=1.20, some versions of which need urllib3>=1.25.4,<2.1; other needs urllib3<1.25',
    );
  });

  test('what resolves is compatible, and shows with what', async () => {
    const report = await checked([list('one', 'six>=1.10'), list('two', 'six<1.17'), list('three', 'attrs==23.2.0')]);
    expect(report.pairs).toEqual({ conflict: 0, compatible: 3, unknown: 0 });
    expect(report.groups).toMatchObject([{ plugins: ['one', 'two', 'three'], proof: 'resolved' }]);
    const versions = report.groups[0]?.packages?.map(({ name, version }) => `${name} ${version}`);
    expect(versions?.toSorted()).toEqual(['attrs 23.2.0', 'six 1.16.0']);
    expect(report.before.environments).toBe(3);
    expect(report.after).toEqual({ environments: 1, bytes: expect.any(Number) as number });
    expect(report.between('one', 'three')).toMatchObject({ verdict: 'compatible' });
  });

  test('a plugin that nothing can be installed for is in the way of no other', async () => {
    const report = await checked([
      list('broken', 'six>=99'),
      list('nowhere', 'no-such-package-anywhere'),
      list('fine', 'six'),
    ]);
    expect(report.plugins.map(({ state, reason }) => [state, reason?.split(', ')[0]])).toEqual([
      ['impossible', 'broken needs six>=99'],
      ['impossible', 'nowhere needs no-such-package-anywhere'],
      ['resolved', undefined],
    ]);
    expect(report.groups).toMatchObject([{ plugins: ['fine'] }]);
    expect(report.between('broken', 'fine')).toEqual({
      verdict: 'unknown',
      reason: "broken can't be installed even alone",
    });
  });

  test('a pair is compatible without a question where what one resolves to has all that the other wants', async () => {
    const steps: string[] = [];
    const lists = [list('old', 'six<1.16'), list('new', 'six>=1.16', 'attrs'), list('any', 'six')];
    // what resolves today is of no use to whoever asks for an earlier day
    const early = { ...list('early', 'six'), asOf: '2015-01-01' };
    const report = await checked([...lists, early], process.env, (message) => steps.push(message));
    expect(report.between('new', 'any')).toMatchObject({ verdict: 'compatible' });
    expect(report.between('new', 'any')).toMatchObject({
      packages: expect.arrayContaining([expect.objectContaining({ name: 'six', version: '1.16.0' })]) as unknown,
    });
    expect(steps.some((step) => step.includes('resolving new with any on'))).toBe(false);
    expect(report.between('new', 'early').verdict).toBe('conflict');
  });

  test('packages built apart are named, with the versions that as_of would give', async () => {
    const report = await checked([{ ...list('tables', 'pandas==2.0.0', 'numpy>=1.24'), asOf: '2024-08-01' }]);
    expect(report.builtApart).toMatchObject([
      { plugins: ['tables'], older: { version: '2.0.0' }, asOf: '2023-06-01', gives: ['numpy 1.24.3'] },
    ]);
  });

  test('three that can share only in pairs are reported, and grouped', async () => {
    const report = await checked([
      { ...list('a', 'six<1.16'), share: 'all' },
      { ...list('b', 'six>=1.15'), share: 'all' },
      { ...list('c', 'six>=1.16'), share: 'all' },
    ]);
    expect(report.shared).toEqual([
      { name: 'all', plugins: ['a', 'b', 'c'], verdict: 'conflict', reasons: ['six: a needs <1.16, c needs >=1.16'] },
    ]);
    expect(report.groups).toHaveLength(2);
  });

  test('the chain between two of those told to share is told without the others', async () => {
    const report = await checked([
      { ...list('text_tools', 'fastapi==0.95.0'), share: 'all' },
      { ...list('web_api', 'pydantic>=2'), share: 'all' },
      { ...list('other', 'six'), share: 'all' },
    ]);
    expect(report.shared).toMatchObject([{ name: 'all', verdict: 'conflict' }]);
    expect(report.shared[0]?.reasons).toEqual([
      expect.stringMatching(/^text_tools needs fastapi==0\.95\.0, which needs pydantic.*; web_api needs pydantic>=2$/),
    ]);
    expect(report.before).toEqual({ environments: undefined, bytes: undefined });
  });

  test('an index that does not answer leaves open what specifiers do not prove', async () => {
    const away = {
      ...process.env,
      UV_DEFAULT_INDEX: 'http://127.0.0.1:9/simple',
      UV_HTTP_RETRIES: '0',
      UV_NO_CACHE: '1',
    };
    const report = await checked([list('one', 'six<1'), list('two', 'six>=1'), list('three', 'attrs')], away);
    expect(report.pairs).toEqual({ conflict: 1, compatible: 0, unknown: 2 });
    expect(report.plugins.map(({ state }) => state)).toEqual(['unknown', 'unknown', 'unknown']);
    expect(report.plugins[0]?.reason).toMatch(/127\.0\.0\.1|Failed to fetch/);
  });
});

describe('checkCompatibility', () => {
  const options = async () => ({
    home: TEST_HOME,
    variables: { ...process.env, BULKHEAD_UV: (await sharedTools()).uv },
  });

  test('proves both verdicts', async () => {
    expect(await checkCompatibility(list('a', 'six<1.16'), list('b', 'six>=1.16'), await options())).toEqual({
      verdict: 'conflict',
      proof: 'specifiers',
      reasons: ['six: a needs <1.16, b needs >=1.16'],
    });
    expect(await checkCompatibility(list('a', 'six<1.16'), list('a', 'six'), await options())).toMatchObject({
      verdict: 'compatible',
      packages: [{ name: 'six', version: '1.15.0' }],
    });
  });

  test('guesses nothing offline, and needs no index for what is proved', async () => {
    const offline = { offline: true };
    expect(await checkCompatibility(list('a', 'six'), list('b', 'six'), offline)).toEqual({
      verdict: 'unknown',
      reason: 'offline: nothing was resolved',
    });
    expect(await checkCompatibility(list('a', 'six<1'), list('b', 'six>1'), offline)).toMatchObject({
      verdict: 'conflict',
    });
    expect(await checkCompatibility(list('a', 'not a requirement'), list('b', 'six'), offline)).toEqual({
      verdict: 'unknown',
      reason: "a requirement of a can't be read",
    });
  });

  test('knows two languages, and that they share nothing', async () => {
    expect(await checkCompatibility({ id: 'n', packages: {} }, list('p'), { offline: true })).toMatchObject({
      verdict: 'conflict',
      proof: 'languages',
    });
  });
});
