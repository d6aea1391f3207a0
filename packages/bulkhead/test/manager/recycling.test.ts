import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { PluginManager } from '../../src/manager/plugin-manager.ts';
import type { PluginStatus } from '../../src/manager/plugin-status.ts';
import { observed } from '../test-home.ts';
import { until } from '../until.ts';

/** Its instances start only where the file `may_start` is there, wait for it where `waits` is, and leave a file for each start. */
const PLUGIN = `
import os, pathlib, time
from plugin_sdk import PluginBase

HERE = pathlib.Path(__file__).parent

class Recycled(PluginBase):
    def initialize(self, config):
        (HERE / f"start_{os.getpid()}").touch()
        while (HERE / "waits").exists():
            time.sleep(0.01)
        if not (HERE / "may_start").exists():
            raise RuntimeError("not now")

    def execute(self, input_data):
        return os.getpid()
`;

let folder: string;
let manager: PluginManager;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bulkhead-recycling-'));
  const plugin = join(folder, 'sample');
  await mkdir(plugin);
  await writeFile(join(plugin, 'plugin.py'), PLUGIN);
  await writeFile(join(plugin, 'may_start'), '');
  await writeFile(
    join(folder, 'plugins.yaml'),
    'plugins:\n  - { id: sample, path: sample, recycle: { calls: 2 }, instances: { max: 2 } }\n',
  );
  manager = await PluginManager.open(join(folder, 'plugins.yaml'), observed().options);
});

afterEach(async () => {
  await manager.close();
  await rm(folder, { recursive: true });
});

const status = (): PluginStatus => manager.plugins()[0] as PluginStatus;
const call = async (): Promise<number> => (await manager.executePlugin('sample')) as number;
const states = (): string[] => status().instances.map(({ state }) => state);

test('an instance that has served its calls serves on until its successor is ready', async () => {
  const old = await call();
  await writeFile(join(folder, 'sample', 'waits'), '');
  await call(); // the last one: a successor is started
  expect(await call()).toBe(old);
  expect(states()).toEqual(['idle']);
  await rm(join(folder, 'sample', 'waits'));
  await until(() => status().instances.every(({ pid }) => pid !== old), 'the end of the old instance');
  expect(states()).toEqual(['idle']);
  expect(await call()).not.toBe(old);
});

test('no successor is started beyond the most instances that may run, while one that crashed is being replaced', async () => {
  await manager.close();
  const fields = 'recycle: { calls: 2 }, instances: { min: 2, max: 2 }';
  await writeFile(join(folder, 'plugins.yaml'), `plugins:\n  - { id: sample, path: sample, ${fields} }\n`);
  const starts = async (): Promise<number> =>
    (await readdir(join(folder, 'sample'))).filter((name) => name.startsWith('start_')).length;
  manager = await PluginManager.open(join(folder, 'plugins.yaml'), observed().options);
  await until(() => states().length === 2, 'two instances');
  await writeFile(join(folder, 'sample', 'waits'), '');
  const [kept, crashed] = status().instances.map(({ pid }) => pid as number);
  process.kill(crashed as number, 'SIGKILL');
  await until(async () => (await starts()) === 3, 'the start in place of the one that crashed');
  for (let calls = 0; calls < 3; calls += 1) expect(await call()).toBe(kept);
  await rm(join(folder, 'sample', 'waits'));
  await until(() => states().length === 2, 'two instances again');
  expect(await starts()).toBe(3);
});

test('an instance whose successor can not be started serves on, until one can', async () => {
  const old = await call();
  await rm(join(folder, 'sample', 'may_start'));
  await call();
  await until(() => status().restarts === 1, 'the failure of the successor');
  expect(await call()).toBe(old);
  expect(status()).toMatchObject({ state: 'ready', instances: [{ pid: old, state: 'idle' }] });
  await writeFile(join(folder, 'sample', 'may_start'), '');
  await until(async () => (await call()) !== old, 'a successor');
});
