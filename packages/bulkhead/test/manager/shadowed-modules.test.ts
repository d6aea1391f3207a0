import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PluginManager } from '../../src/manager/plugin-manager.ts';
import type { PluginStream } from '../../src/session/plugin-stream.ts';
import { observed } from '../test-home.ts';

/** Names of Python's modules that authors give to their own files, and that what serves them needs, itself or in turn. */
const NAMES = [
  'asyncio',
  'collections',
  'contextvars',
  'enum',
  'functools',
  'inspect',
  'logging',
  're',
  'select',
  'socket',
  'string',
  'threading',
  'traceback',
  'types',
  'typing',
];

const PLUGIN = `
from plugin_sdk import PluginBase, action


class Shadowed(PluginBase):
    def execute(self, value):
        return value

    @action
    def fail(self):
        raise ValueError("own mistake")

    @action
    async def later(self):
        return "later"

    @action
    def rows(self):
        yield 1
        yield 2
`;

let root: string;
let manager: PluginManager;

beforeAll(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'bulkhead-shadowed-')));
  const write = async (name: string, files: Readonly<Record<string, string>>): Promise<void> => {
    await mkdir(join(root, name));
    for (const [file, text] of Object.entries(files)) await writeFile(join(root, name, file), text);
  };
  const own = '# of the author\nHELLO = 1\n';
  for (const name of NAMES) await write(name, { [`${name}.py`]: own, 'plugin.py': PLUGIN });
  await write('several', { 'contextvars.py': own, 'select.py': own, 'types.py': own, 'plugin.py': PLUGIN });
  await write('user', { 'string.py': own, 'plugin.py': `from string import Template\n${PLUGIN}` });
  await write('caller', { 'types.py': own, 'plugin.py': `import types\ntypes.SimpleNamespace\n${PLUGIN}` });
  const entries = ['user', 'caller', ...NAMES].map((name) => `  - { id: ${name}, path: ./${name} }\n`);
  await writeFile(
    join(root, 'plugins.yaml'),
    `plugins:\n${entries.join('')}  - { id: several, path: ./several, concurrency: 4 }\n`,
  );
  manager = await PluginManager.open(join(root, 'plugins.yaml'), observed().options);
});

afterAll(async () => {
  await manager.close();
  await rm(root, { recursive: true, force: true });
});

describe('a file of a plugin with the name of a module of Python that only others need', () => {
  test.each([...NAMES, 'several'])('%s stands in nobody’s way', async (id) => {
    expect(await manager.executePlugin(id, 1)).toBe(1);
    await expect(manager.executePlugin(id, null, { action: 'fail' })).rejects.toMatchObject({
      code: 'PLUGIN_RAISED',
      message: expect.stringContaining('own mistake'),
      context: { remoteTraceback: expect.stringContaining('raise ValueError("own mistake")') },
    });
    expect(await manager.executePlugin(id, null, { action: 'later' })).toBe('later');
    const rows: unknown[] = [];
    for await (const row of (await manager.executePlugin(id, null, { action: 'rows' })) as PluginStream) rows.push(row);
    expect(rows).toEqual([1, 2]);
  });
});

test.each([
  ['user', 'string'],
  ['caller', 'types'],
])('one that the plugin itself takes for the module of Python is named: %s', async (id, name) => {
  await expect(manager.executePlugin(id)).rejects.toMatchObject({
    code: 'PLUGIN_IMPORT_FAILED',
    message: expect.stringContaining(
      `${join(root, id, `${name}.py`)} stands in the place of Python's own module ${name}: rename it`,
    ),
  });
});
