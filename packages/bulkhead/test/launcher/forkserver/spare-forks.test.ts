import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { StateFolder } from '../../../src/environment/state-folder.ts';
import type { RunningProcess } from '../../../src/launcher/ledger/read-ledger.ts';
import type { ProcessRole } from '../../../src/launcher/running-instance.ts';
import { isSameProcess } from '../../../src/lifecycle/process-identity.ts';
import { PluginManager } from '../../../src/manager/plugin-manager.ts';
import type { PluginStatus } from '../../../src/manager/plugin-status.ts';
import { runningProcesses } from '../../../src/manager/running-processes.ts';
import { openSockets } from '../../open-sockets.ts';
import { gone, identify } from '../../processes.ts';
import { observed, TEST_HOME } from '../../test-home.ts';
import { until } from '../../until.ts';
import { onlyOnLinux } from '../../not-run.ts';

const PLUGIN = `
import os, time
from plugin_sdk import PluginBase, action

class Sample(PluginBase):
    def execute(self, input_data):
        return {"pid": os.getpid(), "parent": os.getppid()}

    @action
    def sleep(self):
        time.sleep(3600)
`;

const FORKS = 'plugins are forked nowhere else';

let folder: string;
let manager: PluginManager;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bulkhead-spare-'));
  await mkdir(join(folder, 'sample'));
  await writeFile(join(folder, 'sample', 'plugin.py'), PLUGIN);
});

afterEach(async () => {
  await manager.close();
  await rm(folder, { recursive: true });
});

async function open(fields: string): Promise<void> {
  await writeFile(join(folder, 'plugins.yaml'), `plugins:\n  - { id: sample, path: sample, ${fields} }\n`);
  manager = await PluginManager.open(join(folder, 'plugins.yaml'), observed().options);
}

const status = (): PluginStatus => manager.plugins()[0] as PluginStatus;

interface Process {
  readonly pid: number;
  readonly parent: number;
}

async function about(): Promise<Process> {
  return (await manager.executePlugin('sample')) as Process;
}

/** Processes of this test's plugin as they stand in the ledger. */
async function written(role: ProcessRole): Promise<RunningProcess[]> {
  const processes = await runningProcesses(new StateFolder(TEST_HOME));
  return processes.filter((each) => each.folder === join(folder, 'sample') && each.role === role);
}

/** The one that waits; that another was taken is written down a moment later. */
async function spare(): Promise<RunningProcess> {
  return await until(async () => {
    const taken = new Set(status().instances.map(({ pid }) => pid));
    const [found, ...more] = (await written('spare')).filter(({ pid }) => !taken.has(pid));
    return status().spare === 1 && more.length === 0 && found;
  }, 'one spare');
}

async function crash(pid: number): Promise<void> {
  process.kill(pid, 'SIGKILL');
  await until(() => status().instances.length === 0, 'the end of the instance');
}

describe('a spare fork', onlyOnLinux(FORKS), () => {
  test('waits ahead of the first call, is no instance, is taken by the next start, and replaced', async () => {
    await open('instances: { spare: 1 }');
    const first = await spare();
    expect(status()).toMatchObject({ state: 'idle', instances: [], spare: 1 });
    const taken = await about();
    expect(taken.pid).toBe(first.pid);
    expect(status()).toMatchObject({ instances: [{ pid: first.pid, generation: 1 }], start: { mode: 'fork' } });
    const second = await spare();
    expect(second.pid).not.toBe(first.pid);
    await crash(taken.pid);
    expect(await about()).toEqual({ pid: second.pid, parent: taken.parent });
    expect(status().instances[0]?.generation).toBe(2);
  });

  test('that was killed is replaced', async () => {
    await open('instances: { spare: 1 }');
    const first = await spare();
    process.kill(first.pid, 'SIGKILL');
    await gone(first);
    expect((await spare()).pid).not.toBe(first.pid);
  });

  test('that was forked before a file changed is not used', async () => {
    await open('instances: { spare: 1 }');
    const old = await spare();
    await writeFile(join(folder, 'sample', 'plugin.py'), PLUGIN.replace('"parent"', '"changed": True, "parent"'));
    expect(await about()).toMatchObject({ changed: true });
    await gone(old);
    expect((await spare()).pid).not.toBe(old.pid);
  });

  test('goes with its template, and another comes with the next start', async () => {
    await open('instances: { spare: 1 }');
    const first = await spare();
    const [template] = await written('template');
    process.kill(template?.pid as number, 'SIGKILL');
    await gone(first);
    await until(() => status().spare === 0, 'the end of the spare');
    await about();
    expect((await spare()).pid).not.toBe(first.pid);
  });

  test('leaves no socket open in the host, neither when it was killed nor when it was never needed', async () => {
    const before = openSockets().length;
    await open('instances: { spare: 1 }');
    const first = await spare();
    process.kill(first.pid, 'SIGKILL');
    await gone(first);
    await spare();
    await manager.close();
    await until(() => openSockets().length <= before, 'the end of the sockets');
  });

  test('ends when the manager is closed, and is forgotten', async () => {
    await open('instances: { spare: 3 }');
    await until(async () => status().spare === 3 && (await written('spare')).length === 3, 'three spares');
    const spares = await written('spare');
    await manager.close();
    expect(spares.filter(isSameProcess)).toEqual([]);
    expect(await written('template')).toEqual([]);
  });
});

describe('a template', onlyOnLinux(FORKS), () => {
  test('that was stopped is not waited for: the start is spawned, and its instances live on', async () => {
    await open('start: fork, instances: { max: 2 }');
    const { pid, parent } = await about();
    const [template, instance] = [identify(parent), identify(pid)];
    const ending = new AbortController();
    const busy = manager.executePlugin('sample', null, { action: 'sleep', signal: ending.signal });
    busy.catch(() => {});
    process.kill(parent, 'SIGSTOP');
    expect(await about()).toMatchObject({ parent: process.pid });
    expect(status().start).toEqual({ mode: 'spawn', reason: 'its template did not answer within 1.5 s' });
    expect([template, instance].every(isSameProcess)).toBe(true);
    ending.abort();
    // its end can't be told by its template, and is noticed all the same: then nothing keeps the template
    process.kill(pid, 'SIGKILL');
    await until(() => !status().instances.some((each) => each.pid === pid), 'the end of the instance');
    await gone(template);
  });

  test('that was stopped is not needed to notice that its only instance has ended', async () => {
    await open('start: fork');
    const { pid, parent } = await about();
    const template = identify(parent);
    process.kill(parent, 'SIGSTOP');
    await crash(pid);
    await gone(template);
    expect((await about()).parent).not.toBe(parent);
    expect(status().start?.mode).toBe('fork');
  });

  test('that was stopped does not hand out its spare', async () => {
    await open('instances: { spare: 1 }');
    const old = await spare();
    const [template] = await written('template');
    process.kill(template?.pid as number, 'SIGSTOP');
    expect(await about()).toMatchObject({ parent: process.pid });
    await gone(old);
    await gone(template as RunningProcess);
  });

  test('ends when the plugin has had no instance for a while, and the next start makes another', async () => {
    await open('start: fork, idle_unload: 200ms');
    const { pid, parent } = await about();
    const processes = [identify(pid), identify(parent)];
    for (const each of processes) await gone(each);
    expect((await about()).parent).not.toBe(parent);
  });
});
