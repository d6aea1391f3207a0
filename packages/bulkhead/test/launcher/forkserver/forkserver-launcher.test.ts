import { constants, readFileSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { StateFolder } from '../../../src/environment/state-folder.ts';
import { Ledger } from '../../../src/launcher/ledger/ledger.ts';
import { recordsOf } from '../../../src/launcher/ledger/read-ledger.ts';
import { PluginManager } from '../../../src/manager/plugin-manager.ts';
import { openSockets } from '../../open-sockets.ts';
import { gone, identify } from '../../processes.ts';
import { fixture, observed, TEST_HOME } from '../../test-home.ts';
import { until } from '../../until.ts';

/** A manager with one plugin, in a folder of its own; what it is called in the fixtures, or its whole text. */
let folder: string;
let manager: PluginManager;
let lines: Record<string, unknown>[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bulkhead-fork-'));
});

afterEach(async () => {
  await manager.close();
  await rm(folder, { recursive: true });
});

async function open(plugin: { fixture: string } | { code: string }, fields = 'start: fork'): Promise<void> {
  const path = join(folder, 'sample');
  if ('fixture' in plugin) await cp(fixture(`plugins/${plugin.fixture}`), path, { recursive: true });
  else {
    await mkdir(path);
    await writeFile(join(path, 'plugin.py'), plugin.code);
  }
  await writeFile(join(folder, 'plugins.yaml'), `plugins:\n  - { id: sample, path: sample, ${fields} }\n`);
  const { options, lines: observedLines } = observed();
  lines = observedLines;
  manager = await PluginManager.open(join(folder, 'plugins.yaml'), options);
}

interface Process {
  readonly pid: number;
  readonly parent: number;
  /** By number. */
  readonly descriptors: Readonly<Record<string, string>>;
}

async function about(): Promise<Process> {
  return (await manager.executePlugin('sample', null, { action: 'process' })) as Process;
}

/** Ends the instance as a crash would, and waits until the pool knows. */
async function crash(): Promise<void> {
  const pid = manager.plugins()[0]?.instances[0]?.pid as number;
  process.kill(pid, 'SIGKILL');
  await until(() => manager.plugins()[0]?.instances.length === 0, 'the end of the instance');
}

const imports = (): number => lines.filter(({ msg }) => msg === 'importing').length;

test('forks of one template are processes of their own, which have nothing of it but what the plugin imported', async () => {
  await open({ fixture: 'random_numbers' });
  const first = await about();
  await crash();
  const second = await about();
  expect(second).toMatchObject({
    parent: first.parent,
    leads: true,
    file: 'still open',
    child_signal: true,
  });
  expect(second.parent).not.toBe(process.pid);
  const { 0: input, 1: stdout, 2: stderr, 3: data, 4: control, 5: lifeline, ...others } = second.descriptors;
  expect({ input, stdout, stderr, data, control, lifeline }).toEqual({
    input: '/dev/null',
    stdout: 'socket',
    stderr: 'socket',
    data: 'socket',
    control: 'socket',
    lifeline: 'pipe',
  });
  // what the plugin opened when it was imported
  expect(Object.values(others)).toEqual([expect.stringContaining('deleted')]);
  expect(imports()).toBe(1);
  expect(lines).toContainEqual(expect.objectContaining({ instance: 0, stream: 'stdout', msg: 'importing' }));
});

test('a fork that is gone is forgotten by the ledger', async () => {
  await open({ fixture: 'random_numbers' });
  const { pid } = await about();
  const { machineFolder } = new Ledger(new StateFolder(TEST_HOME).instances);
  const noted = async (): Promise<number> => {
    const hosts = (await readdir(machineFolder)).filter((name) => name.startsWith(`${process.pid}-`));
    const records = await Promise.all(hosts.map((name) => recordsOf(join(machineFolder, name))));
    return records.flat().filter((record) => record.pid === pid).length;
  };
  await until(async () => (await noted()) === 1, 'the entry of the fork');
  await crash();
  await until(async () => (await noted()) === 0, 'the end of its entry');
});

test('each fork draws random numbers of its own', async () => {
  await open({ fixture: 'random_numbers' });
  const first = await manager.executePlugin('sample');
  await crash();
  expect(await manager.executePlugin('sample')).not.toBe(first);
});

test('no socket of a fork can stop the host: none of its ends blocks', async () => {
  const before = new Set(openSockets());
  await open({ fixture: 'echo' });
  await manager.startPlugin('sample');
  const added = openSockets().filter((fd) => !before.has(fd));
  // its data and control at least, besides those of the template
  expect(added.length).toBeGreaterThanOrEqual(5);
  expect(added.filter((fd) => !isNonBlocking(fd))).toEqual([]);
});

test('unless told otherwise, the first start is a spawn and the next one a fork', async () => {
  await open({ fixture: 'random_numbers' }, 'start: auto');
  expect((await about()).parent).toBe(process.pid);
  expect(manager.plugins()[0]?.start).toMatchObject({ mode: 'spawn' });
  await crash();
  expect((await about()).parent).not.toBe(process.pid);
  expect(manager.plugins()[0]?.start).toMatchObject({ mode: 'fork' });
});

test('a plugin whose import leaves a thread running is spawned, and the reason can be seen', async () => {
  await open({ fixture: 'keeps_a_thread' });
  expect(await manager.executePlugin('sample')).toBe(2);
  expect(manager.plugins()[0]?.start).toEqual({
    mode: 'spawn',
    reason: 'threads that its import left running (1) would be missing in a fork',
  });
});

test('a template that is killed takes its instances along, says so, and is started again by the next call', async () => {
  await open({ code: SLEEPS });
  const { parent, pid } = await about();
  const instance = identify(pid);
  const call = manager.executePlugin('sample');
  process.kill(parent, 'SIGKILL');
  await expect(call).rejects.toMatchObject({
    code: 'PLUGIN_CRASHED',
    message: expect.stringContaining('template') as string,
  });
  await gone(instance);
  const after = await about();
  expect(after.parent).not.toBe(parent);
  expect(manager.plugins()[0]?.start?.mode).toBe('fork');
});

test('a plugin whose file was changed is imported anew by its next start', async () => {
  await open({ code: SLEEPS });
  const before = await about();
  await writeFile(join(folder, 'sample', 'plugin.py'), `${SLEEPS}# changed\n`);
  const old = identify(before.parent);
  await crash();
  expect((await about()).parent).not.toBe(before.parent);
  expect(manager.plugins()[0]?.start?.mode).toBe('fork');
  await gone(old);
});

test('closing ends the template', async () => {
  await open({ code: SLEEPS });
  const { parent } = await about();
  const template = identify(parent);
  await manager.close();
  await gone(template);
});

test('a plugin that ends while its template imports it says how', async () => {
  await open({ code: 'import os, sys\nprint("about to end", flush=True)\nos._exit(7)\n' });
  await expect(manager.startPlugin('sample')).rejects.toMatchObject({
    code: 'PLUGIN_EXITED',
    message: expect.stringContaining('status 7') as string,
    context: { lastLines: ['about to end'] },
  });
});

const SLEEPS = `
import os, time
from plugin_sdk import PluginBase, action

class Sleeps(PluginBase):
    def execute(self, input_data):
        time.sleep(3600)

    @action
    def process(self):
        return {"pid": os.getpid(), "parent": os.getppid()}
`;

/** By the flags of its open file, in octal: proc(5), open(2). */
function isNonBlocking(fd: string): boolean {
  const flags = /^flags:\s+(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'))?.[1] ?? '0';
  return (Number.parseInt(flags, 8) & constants.O_NONBLOCK) !== 0;
}
