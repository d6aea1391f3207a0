import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { StateFolder } from '../../src/environment/state-folder.ts';
import { PluginManager } from '../../src/manager/plugin-manager.ts';
import type { PluginDescription } from '../../src/manager/plugin-status.ts';
import { observed, TEST_HOME } from '../test-home.ts';

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
