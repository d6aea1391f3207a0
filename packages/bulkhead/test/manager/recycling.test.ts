import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { PluginManager } from '../../src/manager/plugin-manager.ts';
import type { PluginStatus } from '../../src/manager/plugin-status.ts';
import { observed } from '../test-home.ts';
import { until } from '../until.ts';

/**
 * Its instances start only where the file `may_start` is there, wait for it where `waits` is, and leave a file for each start,
 * another while they run, and one more if two of them did so together.
 */
const PLUGIN = `
import os, pathlib, time
from plugin_sdk import PluginBase

HERE = pathlib.Path(__file__).parent

class Recycled(PluginBase):
    def initialize(self, config):
        (HERE / f"start_{os.getpid()}").touch()
        if len(list(HERE.glob("runs_*"))) > 0:
            (HERE / "together").touch()
        (HERE / f"runs_{os.getpid()}").touch()
        while (HERE / "waits").exists():
            time.sleep(0.01)
        if not (HERE / "may_start").exists():
            raise RuntimeError("not now")

    def execute(self, input_data):
        return os.getpid()

    def cleanup(self):
        (HERE / f"runs_{os.getpid()}").unlink()
`;

let folder: string;
let manager: PluginManager;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bulkhead-recycling-'));
  const plugin = join(folder, 'sample');
  await mkdir(plugin);
  await writeFile(join(plugin, 'plugin.py'), PLUGIN);
  await writeFile(join(plugin, 'may_start'), '');
  manager = new PluginManager(observed().options);
  await openWith('recycle: { calls: 2 }, instances: { max: 2 }');
});

afterEach(async () => {
  await manager.close();
  await rm(folder, { recursive: true });
});

/** Opens a registry that has the plugin with these fields. */
async function openWith(fields: string): Promise<void> {
  await manager.close();
  await writeFile(join(folder, 'plugins.yaml'), `plugins:\n  - { id: sample, path: sample, ${fields} }\n`);
  manager = await PluginManager.open(join(folder, 'plugins.yaml'), observed().options);
}

const status = (): PluginStatus => manager.plugins()[0] as PluginStatus;
const call = async (): Promise<number> => (await manager.executePlugin('sample')) as number;
const starts = async (): Promise<number> =>
  (await readdir(join(folder, 'sample'))).filter((name) => name.startsWith('start_')).length;
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

test('successors are started one after the other: never more than one beyond the most instances', async () => {
  await openWith('recycle: { calls: 1 }, instances: { min: 2, max: 2 }');
  await until(() => states().length === 2, 'two instances');
  const old = status().instances.map(({ pid }) => pid);
  await writeFile(join(folder, 'sample', 'waits'), '');
  for (let calls = 0; calls < 4; calls += 1) expect(old).toContain(await call());
  await until(async () => (await starts()) === 3, 'the start of a successor');
  expect(states()).toEqual(['idle', 'idle']);
  await rm(join(folder, 'sample', 'waits'));
  await until(async () => !old.includes(await call()), 'successors of both');
});

test('the only instance that may run serves on as well, and also if its successor fails', async () => {
  await openWith('recycle: { calls: 1 }, instances: { max: 1 }');
  const old = await call();
  await until(() => status().instances.every(({ pid }) => pid !== old), 'its successor');
  const next = status().instances[0]?.pid;
  await rm(join(folder, 'sample', 'may_start'));
  expect(await call()).toBe(next);
  await until(() => status().restarts === 1, 'the failure of a successor');
  expect(await call()).toBe(next);
});

test('a plugin that can be there only once gets exactly its calls, and is gone before its successor starts', async () => {
  await openWith('recycle: { calls: 2 }, reload: stop_first');
  const pids = await Promise.all(Array.from({ length: 6 }, call));
  expect(new Set(pids).size).toBe(3);
  expect(status().restarts).toBe(0);
  expect(await readdir(join(folder, 'sample'))).not.toContain('together');
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
