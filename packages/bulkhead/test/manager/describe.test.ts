import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { BulkheadError } from '../../src/errors/bulkhead-error.ts';
import { StateFolder } from '../../src/environment/state-folder.ts';
import { PluginManager } from '../../src/manager/plugin-manager.ts';
import type { PluginDescription } from '../../src/manager/plugin-status.ts';
import { observed, TEST_HOME } from '../test-home.ts';
import { untilHolds } from '../until.ts';

const PLUGIN = `
from plugin_sdk import PluginBase, action


class Sample(PluginBase):
    @action
    def greet(self, name: str) -> str:
        """Greets."""
        return name

    def get_metadata(self):
        return {"id": "sample"}
`;

let folder: string;
let starts: number;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bulkhead-describe-'));
  starts = 0;
  await mkdir(join(folder, 'sample'));
  await write('sample/plugin.py', PLUGIN);
  await write('plugins.yaml', 'plugins:\n  - { id: sample, path: ./sample, config: { level: 1 } }\n');
});

afterEach(async () => await rm(folder, { recursive: true, force: true }));

async function write(path: string, text: string): Promise<void> {
  await writeFile(join(folder, path), text);
}

/** In a host of its own. */
async function described(): Promise<PluginDescription> {
  const { options } = observed();
  const observers = [{ instanceStarted: () => void (starts += 1) }];
  await using manager = await PluginManager.open(join(folder, 'plugins.yaml'), { ...options, observers });
  return await manager.describePlugin('sample');
}

test('a plugin is described by what it said at its last start, without another', async () => {
  const first = await described();
  expect(first).toMatchObject({ id: 'sample', metadata: { id: 'sample' }, hooks: [] });
  expect(first.actions['greet']).toMatchObject({ description: 'Greets.', input: { required: ['name'] } });
  expect(first.python).toMatch(/^3\.\d+\.\d+$/);
  expect(starts).toBe(1);
  expect(await described()).toEqual(first);
  expect(starts).toBe(1);
});

test('a call is a start from which others learn', async () => {
  await using manager = await PluginManager.open(join(folder, 'plugins.yaml'), observed().options);
  await manager.executePlugin('sample', { name: 'Ada' }, { action: 'greet' });
  await manager.close();
  expect((await described()).actions).toHaveProperty('greet');
  expect(starts).toBe(0);
});

test.each([
  ['its file', async () => await write('sample/plugin.py', PLUGIN.replace('greet', 'welcome'))],
  ['a file beside it', async () => await write('sample/more.py', 'MORE = 1')],
  [
    'its configuration',
    async () => await write('plugins.yaml', 'plugins:\n  - { id: sample, path: ./sample, config: { level: 2 } }\n'),
  ],
  [
    'its environment',
    async () => await write('plugins.yaml', 'plugins:\n  - { id: sample, path: ./sample, environment: venv }\n'),
  ],
])('it is started when something has changed: %s', async (_, change) => {
  await described();
  await change();
  const { actions } = await described();
  expect(starts).toBe(2);
  const source = await readFile(join(folder, 'sample/plugin.py'), 'utf8');
  expect(Object.keys(actions)).toEqual([source.includes('welcome') ? 'welcome' : 'greet']);
});

test('a record that was torn or meddled with is none', async () => {
  const mark = basename(folder); // the state folder has records of other tests
  await write('sample/plugin.py', PLUGIN.replace('Greets.', mark));
  const first = await described();
  const { descriptions } = new StateFolder(TEST_HOME);
  const written = (await readdir(descriptions)).filter((name) => !name.startsWith('.'));
  const files = written.map((name) => join(descriptions, name));
  const texts = await Promise.all(files.map(async (file) => await readFile(file, 'utf8')));
  const file = files[texts.findIndex((text) => text.includes(mark))] as string;
  for (const text of ['', '{"edition":', '[]', (await readFile(file, 'utf8')).replace('"actions":{', '"actions":[{')]) {
    const before = starts;
    await writeFile(file, text);
    expect(await described()).toEqual(first);
    expect(starts).toBe(before + 1);
  }
});

test('of what JSON can not hold as it is, nothing is kept', async () => {
  await write('sample/plugin.py', PLUGIN.replace('{"id": "sample"}', '{"id": "sample", "icon": b"abc"}'));
  expect((await described()).metadata['icon']).toBeInstanceOf(Uint8Array);
  expect((await described()).metadata['icon']).toBeInstanceOf(Uint8Array);
  expect(starts).toBe(2);
});

test('what changed while it started is not known', async () => {
  await write(
    'sample/plugin.py',
    `${PLUGIN}\n    def initialize(self, config):\n        import pathlib\n        pathlib.Path(__file__).touch()\n`,
  );
  await described();
  await described();
  expect(starts).toBe(2);
});

test('a plugin that runs is described by what it says, and one that fails by its error', async () => {
  await using manager = await PluginManager.open(pathToFileURL(join(folder, 'plugins.yaml')), observed().options);
  await manager.startPlugin('sample');
  await write('sample/plugin.py', PLUGIN.replace('greet', 'welcome'));
  expect(Object.keys((await manager.describePlugin('sample')).actions)).toEqual(['greet']);
  await manager.reload('sample');
  expect(Object.keys((await manager.describePlugin('sample')).actions)).toEqual(['welcome']);
  await manager.close();
  await write('sample/plugin.py', 'import nowhere');
  await expect(described()).rejects.toMatchObject({ code: 'PLUGIN_IMPORT_FAILED' });
});

describe('all plugins', () => {
  const SEVERAL = `plugins:
  - { id: sample, path: ./sample }
  - { id: kept, path: ./sample, instances: { min: 1 } }
  - { id: broken, path: ./broken }
  - { id: gone, path: ./nowhere }
  - { id: off, path: ./sample, enabled: false }
`;
  const ends: string[] = [];

  beforeEach(async () => {
    ends.length = 0;
    await mkdir(join(folder, 'broken'));
    await write('broken/plugin.py', 'import nowhere_at_all');
    await write('plugins.yaml', SEVERAL);
  });

  function host(): Promise<PluginManager> {
    const observers = [
      {
        instanceStarted: () => void (starts += 1),
        instanceEnded: (plugin: string, _: unknown, ending: string) => void ends.push(`${plugin} ${ending}`),
      },
    ];
    return PluginManager.open(join(folder, 'plugins.yaml'), { ...observed().options, observers, startAhead: false });
  }

  async function known(): Promise<string[]> {
    await using manager = await host();
    const plugins = await manager.describePlugins({ start: false });
    return plugins.filter(({ description }) => description !== undefined).map(({ id }) => id);
  }

  test('are described in their order, and what was started for it ends again, but what is to be kept', async () => {
    await using manager = await host();
    const plugins = await manager.describePlugins();
    expect(plugins.map(({ id }) => id)).toEqual(['sample', 'kept', 'broken', 'gone', 'off']);
    expect(plugins.map(({ problem }) => (problem as BulkheadError | undefined)?.code)).toEqual([
      undefined,
      undefined,
      'PLUGIN_IMPORT_FAILED',
      'PLUGIN_FOLDER_MISSING',
      'PLUGIN_DISABLED',
    ]);
    expect(plugins[0]?.description).toEqual({ ...(await manager.describePlugin('sample')), id: 'sample' });
    expect(starts).toBe(2);
    await untilHolds(() => ends.includes('sample unloaded'));
    expect(ends.toSorted()).toEqual(['broken failed', 'sample unloaded']);
    expect(manager.plugins().map(({ instances }) => instances.length)).toEqual([0, 1, 0, 0, 0]);
  });

  test('are known to the next host, and those that have changed are not', async () => {
    expect(await known()).toEqual([]);
    expect(starts).toBe(0);
    {
      await using manager = await host();
      await manager.describePlugins({ ids: ['kept', 'sample'] });
    }
    expect(starts).toBe(2);
    expect(await known()).toEqual(['sample', 'kept']);
    await write('plugins.yaml', SEVERAL.replace('{ id: kept,', '{ id: kept, config: { level: 2 },'));
    expect(await known()).toEqual(['sample']);
    await write('sample/plugin.py', PLUGIN.replace('greet', 'welcome'));
    expect(await known()).toEqual([]);
    expect(starts).toBe(2);
  });

  test('an instance that has got a call is left to it', async () => {
    await using manager = await host();
    const described = manager.describePlugins({ ids: ['sample'] });
    const answer = manager.executePlugin('sample', { name: 'Ada' }, { action: 'greet' });
    expect(await answer).toBe('Ada');
    await described;
    expect(await manager.executePlugin('sample', { name: 'Bo' }, { action: 'greet' })).toBe('Bo');
    expect(starts).toBe(1);
    expect(ends).toEqual([]);
  });

  test('one that there is not is an error, and so is an option', async () => {
    await using manager = await host();
    await expect(manager.describePlugins({ ids: ['sampel'] })).rejects.toMatchObject({ code: 'PLUGIN_UNKNOWN' });
    const misspelt = { starts: false } as object;
    await expect(manager.describePlugins(misspelt)).rejects.toMatchObject({ code: 'ARGUMENT_INVALID' });
  });
});
