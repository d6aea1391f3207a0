import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { PluginManager } from '../../src/manager/plugin-manager.ts';
import { observed } from '../test-home.ts';
import { until } from '../until.ts';
import { errorOf, withSample, Workshop } from './workshop.ts';

const LONG_AGO = new Date('2020-02-02');

let workshop: Workshop;

beforeEach(async () => {
  workshop = await Workshop.open();
  await withSample(workshop);
  await registry('3.11', '3.12');
  await workshop.run(['sync']);
  await registry(); // the plugins are gone
});

afterEach(async () => await workshop[Symbol.asyncDispose]());

/** A registry with a plugin for each of these Pythons, so that each has an environment of its own. */
async function registry(...pythons: readonly string[]): Promise<string> {
  const entries = pythons.map(
    (version) => `  - { id: on_${version.replace('.', '_')}, path: ./sample, python_version: "${version}" }\n`,
  );
  return await workshop.write('plugins.yaml', `plugins:${entries.length === 0 ? ' []' : ''}\n${entries.join('')}`);
}

const environments = async (): Promise<string[]> => await readdir(join(workshop.home, 'environments'));

async function age(...parts: readonly string[]): Promise<void> {
  await utimes(join(workshop.home, ...parts), LONG_AGO, LONG_AGO);
}

async function ageAll(): Promise<void> {
  for (const name of await environments()) await age('environments', name, 'bulkhead.json');
}

interface Pruned {
  readonly removed: readonly {
    readonly kind: string;
    readonly path: string;
    readonly size: number;
    readonly lastUsed: string;
  }[];
}

async function pruned(...options: readonly string[]): Promise<Pruned['removed']> {
  const { stdout, stderr } = await workshop.run(['prune', '--json', ...options]);
  expect(stderr).toBe('');
  return (JSON.parse(stdout) as Pruned).removed;
}

test('what was used within the time stays; the rest goes, and is told with its size', async () => {
  expect(await pruned()).toEqual([]);
  const [old] = await environments();
  await age('environments', old as string, 'bulkhead.json');
  expect(await pruned()).toMatchObject([
    { kind: 'environment', path: join(workshop.home, 'environments', old as string), lastUsed: LONG_AGO.toISOString() },
  ]);
  expect(await environments()).toHaveLength(1);
  expect(await environments()).not.toContain(old);
});

test('a dry run removes nothing', async () => {
  await ageAll();
  const { stdout } = await workshop.run(['prune', '--dry-run']);
  expect(stdout).toMatch(/environment +2020-02-02 +\d+ [kM]B +\S+\n[\s\S]*Would free about \d+ [kM]B\.\n$/);
  expect(await environments()).toHaveLength(2);
});

test('what the registry at hand needs stays, however long nobody has used it', async () => {
  await registry('3.12');
  await ageAll();
  expect(await pruned()).toHaveLength(1);
  const { stdout } = await workshop.run(['list', '--json']);
  expect(stdout).toMatch(/"id": ?"on_3_12"[\s\S]*"ready"/);
});

test('what a running host uses stays, also while no instance of the plugin runs', async () => {
  const file = await registry('3.11');
  await using manager = await PluginManager.open(file, {
    ...observed().options,
    home: workshop.home,
    variables: workshop.variables(),
  });
  await manager.preparePlugin('on_3_11');
  const noted = async (): Promise<string[]> =>
    (await readdir(join(workshop.home, 'instances'), { recursive: true })).filter((path) =>
      path.includes('.environments-'),
    );
  await until(async () => (await noted()).length > 0, 'the note of the host');
  await registry();
  await ageAll();
  expect(await pruned()).toHaveLength(1);
  expect(await environments()).toHaveLength(1);
  await manager.close();
  expect(await pruned()).toHaveLength(1);
});

test('each use is a use, also of what was built long ago', async () => {
  await ageAll();
  await registry('3.11', '3.12');
  await workshop.run(['sync']);
  await registry();
  expect(await pruned()).toEqual([]);
});

test('doctor says how much would go', async () => {
  await ageAll();
  const { stdout } = await workshop.run(['doctor']);
  expect(stdout).toMatch(
    /Environments +2 ready, \d+ [kM]B; \d+ [kM]B unused for 30 days, which `bulkhead prune` removes\n/,
  );
});

test('remains, unfinished environments, and tools and byte code of other versions go as well', async () => {
  for (const name of ['environments/0123456789abcdef0123456789abcdef-01234567', 'trash/left', 'tools/uv-0.0.1']) {
    await mkdir(join(workshop.home, name), { recursive: true });
    await writeFile(join(workshop.home, name, 'file'), 'x'.repeat(5_000));
    await age(name);
  }
  expect((await pruned()).map(({ kind }) => kind).toSorted()).toEqual(['remains', 'tool', 'unfinished environment']);
});

test('a time that is none, or too short to be safe, is refused', async () => {
  for (const time of ['soon', '1s']) {
    const outcome = await workshop.run(['prune', '--older-than', time, '--json']);
    expect(outcome.exitCode).toBe(2);
    expect(errorOf(outcome)).toMatchObject({ code: 'ARGUMENT_INVALID' });
  }
});
