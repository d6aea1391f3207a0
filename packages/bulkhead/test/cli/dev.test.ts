import { mkdir, rename, rm, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { isIgnored } from '../../src/cli/development/watch-folders.ts';
import { gone, identify } from '../processes.ts';
import { LiveCommand } from './live-command.ts';
import { errorOf, Workshop } from './workshop.ts';

let workshop: Workshop;
let running: LiveCommand[] = [];

beforeAll(async () => {
  workshop = await Workshop.open();
});

beforeEach(async () => {
  await write('first');
  await workshop.write('sample/helpers.py', 'WORD = "helped"\n');
  await workshop.write('plugins.yaml', registry());
});

afterEach(async () => {
  await Promise.all(running.map((command) => command[Symbol.asyncDispose]()));
  running = [];
  await rm(workshop.folder, { recursive: true });
  await mkdir(workshop.folder);
});

afterAll(async () => {
  await workshop[Symbol.asyncDispose]();
});

describe('bulkhead dev', () => {
  test('starts the plugin, calls it, and does both again after each change', async () => {
    const dev = start('sample', '--input', '{"name": "Ada"}');
    await dev.until('stderr', 'started in ');
    await dev.until('stdout', '["first",{"name":"Ada"}]\n');
    await Promise.all([write('second'), workshop.write('sample/helpers.py', 'WORD = "helped more"\n')]);
    const said = await dev.until('stderr', 'reloaded in ');
    expect(said).toMatch(/\d\d:\d\d:\d\d changed: (plugin\.py, helpers\.py|helpers\.py, plugin\.py)\n/);
    await dev.until('stderr', '(generation 2)');
    await dev.until('stdout', '["second",{"name":"Ada"}]\n');
    await dev.until('stderr', 'execute answered in ');
    expect(await dev.end()).toMatchObject({
      exitCode: 130,
      stdout: '["first",{"name":"Ada"}]\n["second",{"name":"Ada"}]\n',
    });
  });

  test('watches a plugin whose configuration holds an integer that JavaScript has no number for', async () => {
    const big = registry('config: { seed: 9007199254740993 }');
    await workshop.write('plugins.yaml', big);
    const dev = start('sample');
    await dev.until('stderr', 'started in ');
    await workshop.write('plugins.yaml', big.replace('993', '995'));
    await dev.until('stderr', 'changed: plugins.yaml');
    await dev.until('stderr', 'reloaded in ');
    expect((await dev.end()).stderr).not.toContain('INTERNAL');
  });

  test('shows what the plugin prints and logs, and makes no call unless it is asked to', async () => {
    const dev = start('sample');
    await dev.until('stderr', 'sample | begins\n');
    await dev.until('stderr', 'started in ');
    await write('second');
    await dev.until('stderr', 'reloaded in ');
    const { stdout } = await dev.end();
    expect(stdout).toBe('');
  });

  test('shows in full why a version does not start, keeps the one before, and goes on watching', async () => {
    const dev = start('sample', '-i', '1');
    await dev.until('stdout', '["first",1]\n');
    await workshop.write('sample/plugin.py', 'import no_such_module\n');
    await dev.until('stderr', 'ModuleNotFoundError');
    await dev.until('stderr', 'keeps serving.');
    await dev.until('stderr', 'import no_such_module');
    await write('second');
    await dev.until('stderr', 'reloaded in ');
    await dev.until('stdout', '["second",1]\n');
  });

  test('starts with a plugin that does not start yet, and with one whose manifest has a mistake', async () => {
    await workshop.write('sample/pyproject.toml', '[tool.bulkhead]\nentry_pont = "plugin.py"\n');
    await workshop.write('sample/plugin.py', 'raise SystemExit(4)\n');
    const dev = start('sample', '-i', '1');
    await dev.until('stderr', 'MANIFEST_INVALID');
    await workshop.write('sample/pyproject.toml', '');
    await dev.until('stderr', 'PLUGIN_IMPORT_FAILED');
    await write('first');
    await dev.until('stderr', 'started in ');
    await dev.until('stdout', '["first",1]\n');
  });

  test('takes a folder that stands in no registry, also one that can not be loaded yet', async () => {
    await rm(join(workshop.folder, 'plugins.yaml'));
    await workshop.write('sample/pyproject.toml', '[tool.bulkhead]\nentry_pont = "plugin.py"\n');
    const dev = start('./sample', '-i', '1');
    await dev.until('stderr', 'MANIFEST_INVALID');
    await workshop.write('sample/pyproject.toml', '');
    await dev.until('stdout', '["first",1]\n');
    await write('second');
    await dev.until('stdout', '["second",1]\n');
  });

  test('builds the environment anew when what it is made of has changed', async () => {
    const dev = start('sample', '--action', 'packages');
    await dev.until('stdout', '[]\n');
    await workshop.write(
      'sample/pyproject.toml',
      '[project]\nname = "sample"\nversion = "1"\ndependencies = ["six==1.16.0"]\n',
    );
    await dev.until('stderr', 'changed: pyproject.toml');
    await dev.until('stderr', 'environment built and reloaded in ');
    await dev.until('stdout', '["six"]\n');
    await workshop.write('plugins.yaml', registry('dependencies: [six, toml==0.10.2]'));
    await dev.until('stderr', 'changed: plugins.yaml');
    await dev.until('stdout', '["six","toml"]\n');
  });

  test.each(['', ', editable = true'])(
    'reloads for a library on this disk (path%s), also one that can not be built yet',
    async (editable) => {
      await workshop.write('beside/pyproject.toml', '[project');
      await workshop.write('beside/beside.py', 'WORD = "old"\n');
      await workshop.write(
        'sample/pyproject.toml',
        `[project]\nname = "sample"\nversion = "1"\ndependencies = ["beside"]\n[tool.uv.sources]\nbeside = { path = "../beside"${editable} }\n`,
      );
      await workshop.write('sample/helpers.py', 'from beside import WORD\n');
      await write('first');
      const dev = start('sample', '--action', 'helped');
      await dev.until('stderr', 'error: ');
      await workshop.write('beside/pyproject.toml', LIBRARY);
      await dev.until('stdout', '"old"\n');
      await workshop.write('beside/beside.py', 'WORD = "new"\n');
      await dev.until('stderr', 'changed: ../beside/beside.py');
      await dev.until('stdout', '"new"\n');
      const { stderr } = await dev.end();
      expect(stderr).not.toMatch(/changed: .*(?:egg-info|build\/)/);
    },
  );

  test('reloads a plugin of Node, also for a package on this disk that can not be built yet', async () => {
    await workshop.write(
      'js/package.json',
      '{ "name": "js", "version": "1.0.0", "bulkhead": {}, "dependencies": { "beside": "file:../beside" } }',
    );
    const plugin = (word: string): string =>
      `const { Plugin } = require('@bulkhead/plugin-sdk');\nmodule.exports = class extends Plugin { execute() { return '${word} ' + require('beside'); } };\n`;
    await workshop.write('js/plugin.js', plugin('first'));
    await workshop.write('beside/package.json', '{');
    await workshop.write('beside/index.js', "module.exports = 'old';\n");
    const dev = start('./js', '-i', 'null');
    await dev.until('stderr', 'watching ');
    const building = new Date();
    await dev.until('stderr', 'error: ');
    // as if saved while npm ran
    await workshop.write('js/.words.txt.swp', 'words');
    await utimes(join(workshop.folder, 'js/.words.txt.swp'), building, building);
    await rename(join(workshop.folder, 'js/.words.txt.swp'), join(workshop.folder, 'js/words.txt'));
    await dev.until('stderr', 'changed: words.txt');
    await dev.until('stderr', 'error: ');
    await workshop.write('beside/package.json', '{ "name": "beside", "version": "1.0.0" }');
    await dev.until('stdout', '"first old"\n');
    await workshop.write('beside/index.js', "module.exports = 'new';\n");
    await dev.until('stderr', 'changed: ../beside/index.js');
    await dev.until('stdout', '"first new"\n');
    await workshop.write('js/plugin.js', plugin('second'));
    await dev.until('stderr', 'changed: plugin.js');
    await dev.until('stdout', '"second new"\n');
  });

  test('reloads for its own entry of the registry, and for no other', async () => {
    const dev = start('sample', '--action', 'greeting');
    await dev.until('stdout', 'null\n');
    await workshop.write('plugins.yaml', `# a comment\n${registry()}  - { id: other, path: sample }\n`);
    await workshop.write('plugins.yaml', `${registry('config: { greeting: ciao }')}  - { id: other, path: sample }\n`);
    await dev.until('stdout', '"ciao"\n');
    await workshop.write('plugins.yaml', `${registry('config: { greeting: ciao }')}`);
    await write('second');
    expect(await dev.until('stderr', 'changed: plugin.py')).not.toMatch(
      /changed: plugins\.yaml[^]*changed: plugins\.yaml/,
    );
    await dev.until('stdout', '"ciao"\n');
  });

  test('does not reload for what the plugin writes itself, and says so', async () => {
    const dev = start('sample', '--action', 'write');
    await dev.until('stdout', '"written"\n');
    await dev.until('stderr', 'not reloaded for what the plugin or a build wrote: output.txt\n');
    await workshop.write('sample/input.txt', 'of the author');
    await dev.until('stderr', 'changed: input.txt\n');
    await dev.until('stdout', '"written"\n');
  });

  test('takes a file that was put in place of another for a change, as editors save', async () => {
    const dev = start('sample', '-i', '1');
    await dev.until('stdout', '["first",1]\n');
    await write('second', 'sample/.plugin.py.swp');
    await rename(join(workshop.folder, 'sample/.plugin.py.swp'), join(workshop.folder, 'sample/plugin.py'));
    await dev.until('stderr', 'changed: plugin.py\n');
    await dev.until('stdout', '["second",1]\n');
  });

  test('ends a call that takes long when the plugin has changed', async () => {
    const dev = start('sample', '--action', 'wait');
    await dev.until('stderr', 'sample | waiting\n');
    await write('second');
    await dev.until('stderr', 'reloaded in ');
    await dev.until('stderr', 'sample | waiting\n');
    expect((await dev.end()).stdout).toBe('');
  });

  test('shows a crash, and starts the plugin again at the next change', async () => {
    const dev = start('sample', '--action', 'die');
    await dev.until('stderr', 'PLUGIN_CRASHED');
    await write('second');
    await dev.until('stderr', 'changed: plugin.py');
    await dev.until('stderr', 'PLUGIN_CRASHED');
  });

  test.each([
    { signal: 'SIGINT', exitCode: 130 },
    { signal: 'SIGTERM', exitCode: 143 },
  ] as const)('ends with $exitCode on $signal, and leaves no process', async ({ signal, exitCode }) => {
    const dev = start('sample', '--action', 'process');
    const pid = Number(await dev.until('stdout', '\n'));
    const plugin = identify(pid);
    expect(await dev.end(signal)).toMatchObject({ exitCode });
    await gone(plugin);
  });

  test('ends with 130 also while the plugin is being started', async () => {
    await workshop.write('sample/plugin.py', 'import time\nprint("importing", flush=True)\ntime.sleep(600)\n');
    const dev = start('sample');
    await dev.until('stderr', 'sample | importing\n');
    expect(await dev.end()).toMatchObject({ exitCode: 130 });
  });

  test('prints JSON alone with --json, errors too', async () => {
    const dev = start('sample', '-i', '1', '--json');
    await dev.until('stdout', '["first",1]\n');
    await workshop.write('sample/plugin.py', 'import no_such_module\n');
    await dev.until('stderr', '\n');
    const { stderr, ...rest } = await dev.end();
    expect(errorOf({ stderr, ...rest })).toMatchObject({ code: 'PLUGIN_IMPORT_FAILED' });
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  });

  test.each([
    { given: ['sampel'], says: 'Did you mean "sample"?' },
    { given: ['sample', '--input', '{'], says: 'is not JSON' },
    { given: ['sample', '--registry', 'nowhere.yaml'], says: 'REGISTRY_NOT_FOUND' },
  ])('fails at once with 2 for $given', async ({ given, says }) => {
    const outcome = await workshop.run(['dev', ...given]);
    expect(outcome).toMatchObject({ exitCode: 2, stdout: '' });
    expect(outcome.stderr).toContain(says);
  });
});

test.each([
  ['plugin.py', false],
  ['models/one.bin', false],
  ['../plugins.yaml', false],
  ['.venv', true],
  ['deep/__pycache__/plugin.cpython-311.pyc', true],
  ['.git/index', true],
  ['sample.egg-info/PKG-INFO', true],
  ['.plugin.py.swp', true],
  ['plugin.py~', true],
  ['.#plugin.py', true],
  ['#plugin.py#', true],
  ['plugin.py___jb_tmp___', true],
])('%s is ignored: %s', (path, expected) => {
  expect(isIgnored(path)).toBe(expected);
});

const LIBRARY =
  '[project]\nname = "beside"\nversion = "1"\n[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n[tool.setuptools]\npy-modules = ["beside"]\n';

function start(...parameters: string[]): LiveCommand {
  const command = new LiveCommand(workshop.start(['dev', ...parameters]));
  running.push(command);
  return command;
}

function registry(entry = ''): string {
  return `plugins:\n  - { id: sample, path: sample, python_version: "3.11"${entry === '' ? '' : `, ${entry}`} }\n`;
}

async function write(word: string, file = 'sample/plugin.py'): Promise<void> {
  await workshop.write(file, source(word));
}

function source(word: string): string {
  return `
import importlib.metadata, os, pathlib, time
import helpers
from plugin_sdk import PluginBase, action

class Sample(PluginBase):
    def initialize(self, config):
        print("begins")
        self.config = config

    def execute(self, value):
        return ["${word}", value]

    @action
    def greeting(self):
        return self.config.get("greeting")

    @action
    def helped(self):
        return helpers.WORD

    @action
    def packages(self):
        return sorted(each.name for each in importlib.metadata.distributions())

    @action
    def write(self):
        pathlib.Path("output.txt").write_text(str(time.time()))
        return "written"

    @action
    def wait(self):
        print("waiting", flush=True)
        time.sleep(600)

    @action
    def die(self):
        os._exit(3)

    @action
    def process(self):
        return os.getpid()

if __name__ == "__main__":
    Sample().start_server()
`;
}
