import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { PluginManager } from '../../src/manager/plugin-manager.ts';
import { sharedTools } from '../environment/shared-uv.ts';
import { observed } from '../test-home.ts';
import { until } from '../until.ts';

const PROJECT = (name: string, more: string): string =>
  `[project]\nname = "${name}"\nversion = "1.5"\nrequires-python = ">=3.9"\n${more}
[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n`;

let folder: string;
let manager: PluginManager | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bulkhead-project-'));
  vi.stubEnv('BULKHEAD_UV', (await sharedTools()).uv);
});

afterEach(async () => {
  await manager?.close();
  manager = undefined;
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true, force: true });
});

async function write(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
}

async function open(start: string): Promise<PluginManager> {
  await write({ 'plugins.yaml': `plugins:\n  - { id: sample, path: sample, start: ${start} }\n` });
  manager = await PluginManager.open(join(folder, 'plugins.yaml'), {
    ...observed().options,
    home: join(folder, 'home'),
  });
  return manager;
}

test.each(['spawn', 'fork'])(
  'a plugin that is a project runs as one, and with what it refers to; by %s',
  async (start) => {
    await write({
      'sample/pyproject.toml': `${PROJECT('sample-project', 'dependencies = ["beside"]\n')}
[tool.uv.sources]\nbeside = { path = "../beside", editable = true }
[tool.bulkhead]\nentry_point = "inside.plugin:Sample"\n`,
      'sample/src/inside/__init__.py': '',
      'sample/src/inside/plugin.py': `
from importlib.metadata import version
from plugin_sdk import PluginBase
import beside
from .more import MORE

class Sample(PluginBase):
    def execute(self, input_data):
        return [version("sample-project"), MORE, beside.VALUE, __name__]

class Other(PluginBase): ...
`,
      'sample/src/inside/more.py': 'MORE = "more"\n',
      'beside/pyproject.toml': PROJECT('beside', ''),
      'beside/src/beside/__init__.py': 'VALUE = 1\n',
    });
    const host = await open(start);
    expect(await host.executePlugin('sample', null)).toEqual(['1.5', 'more', 1, 'inside.plugin']);
    expect(host.plugins()[0]?.start?.mode).toBe(start);
    await write({ 'beside/src/beside/__init__.py': 'VALUE = "changed"\n' });
    process.kill(host.plugins()[0]?.instances[0]?.pid as number, 'SIGKILL');
    await until(() => host.plugins()[0]?.instances.length === 0, 'the end of the instance');
    expect(await host.executePlugin('sample', null)).toEqual(['1.5', 'more', 'changed', 'inside.plugin']);
    expect(host.plugins()[0]?.start?.mode).toBe(start);
  },
);

test('a module is run as `python -m` would', async () => {
  await write({
    'sample/pyproject.toml': '[tool.bulkhead]\nentry_point = "inside.plugin"\n',
    'sample/inside/plugin.py': `
from plugin_sdk import PluginBase
from .more import MORE

class Sample(PluginBase):
    def execute(self, input_data):
        return [MORE, __name__, __package__]

class Other(PluginBase): ...

if __name__ == "__main__":
    Sample().start_server()
`,
    'sample/inside/more.py': 'MORE = "more"\n',
  });
  expect(await (await open('auto')).executePlugin('sample', null)).toEqual(['more', '__main__', 'inside']);
});

test('a reload takes up a library that has changed, and says that the environment is another one', async () => {
  await write({
    'sample/pyproject.toml':
      '[project]\nname = "sample"\nversion = "1"\ndependencies = ["beside"]\n[tool.uv.sources]\nbeside = { path = "../beside" }\n',
    'sample/plugin.py':
      'from plugin_sdk import PluginBase\nimport beside\nclass Sample(PluginBase):\n    def execute(self, x): return beside.VALUE\n',
    'beside/pyproject.toml': PROJECT('beside', ''),
    'beside/beside.py': 'VALUE = 1\n',
  });
  const host = await open('auto');
  expect(await host.executePlugin('sample', null)).toBe(1);
  await write({ 'beside/beside.py': 'VALUE = 2\n' });
  expect(await host.reload('sample')).toMatchObject({ rebuilt: true });
  expect(await host.executePlugin('sample', null)).toBe(2);
});
