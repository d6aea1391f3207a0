import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PluginManager } from '../../src/manager/plugin-manager.ts';
import { observed } from '../test-home.ts';

const PLUGIN = `
import os, shutil, subprocess, sys
from plugin_sdk import PluginBase, action

class Looks(PluginBase):
    def execute(self, input_data):
        import vendored
        say = "import sys; print(sys.prefix, hasattr(__builtins__, 'exit'), 'vendored' in sys.modules or __import__('vendored').NAME)"
        run = lambda *command: subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True).stdout.split()
        return {
            "prefix": sys.prefix,
            "python": shutil.which("python"),
            "by name": run("python", "-c", say),
            "by executable": run(sys.executable, *subprocess._args_from_interpreter_flags(), "-c", say),
            "hash": hash("a"),
            "variables": {name: os.environ.get(name) for name in input_data},
        }

    @action
    def tell(self):
        print("it is", os.environ["BULKHEAD_TEST_URL"])

if __name__ == "__main__":
    Looks().start_server()
`;

let folder: string;
let manager: PluginManager | undefined;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bulkhead-sees-'));
  await mkdir(join(folder, 'looks', 'vendor'), { recursive: true });
  await writeFile(join(folder, 'looks', 'plugin.py'), PLUGIN);
  await writeFile(join(folder, 'looks', 'vendor', 'vendored.py'), 'NAME = "found"\n');
});
afterEach(async () => {
  await manager?.close();
  await rm(folder, { recursive: true });
});

describe.each(['spawn', 'fork'])('a plugin that is started by %s', (start) => {
  it('sees its environment, and so do its processes', async () => {
    const { options, lines } = observed();
    const variables = {
      ...process.env,
      HF_HOME: '/models',
      BULKHEAD_TEST_URL: 'db://of-the-host',
      PYTHONHASHSEED: '5',
      AWS_SECRET_ACCESS_KEY: 'hush',
    };
    const env = 'env: { PYTHONPATH: ./vendor, PYTHONHASHSEED: "0" }, env_from_host: [BULKHEAD_TEST_*]';
    await writeFile(join(folder, 'plugins.yaml'), `plugins: [{ id: looks, path: ./looks, start: ${start}, ${env} }]\n`);
    manager = await PluginManager.open(join(folder, 'plugins.yaml'), { ...options, variables });
    const names = ['VIRTUAL_ENV', 'PIP_REQUIRE_VIRTUALENV', 'HF_HOME', 'BULKHEAD_TEST_URL', 'AWS_SECRET_ACCESS_KEY'];
    const seen = (await manager.executePlugin('looks', [...names, 'PATH'])) as Record<string, string>;
    const { prefix } = seen;
    const { PATH: path, ...others } = seen['variables'] as unknown as Record<string, string>;
    expect(seen['python']).toBe(join(prefix!, 'bin', 'python'));
    expect(seen['by name']).toEqual([prefix, 'True', 'found']);
    expect(seen['by executable']).toEqual([prefix, 'True', 'found']);
    expect(path).toBe([join(prefix!, 'bin'), process.env['PATH']].join(delimiter));
    expect(others).toEqual({
      VIRTUAL_ENV: prefix,
      PIP_REQUIRE_VIRTUALENV: '1',
      HF_HOME: '/models',
      BULKHEAD_TEST_URL: 'db://of-the-host',
      AWS_SECRET_ACCESS_KEY: null,
    });
    const again = (await manager.executePlugin('looks', [])) as Record<string, unknown>;
    expect(again['hash']).toBe(seen['hash']);

    await manager.executePlugin('looks', {}, { action: 'tell' });
    await manager.close();
    expect(lines.map(({ msg }) => msg)).toContain('it is ${env:BULKHEAD_TEST_URL}');
  });
});
