import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir, mkdtemp, readdir, readFile, readlink, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { PluginManager } from '../../src/manager/plugin-manager.ts';
import type { PluginStream } from '../../src/session/plugin-stream.ts';
import { gone, identify } from '../processes.ts';
import { fixture, observed } from '../test-home.ts';
import { until } from '../until.ts';

let folder: string;
let manager: PluginManager;
let lines: Record<string, unknown>[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bulkhead-threads-'));
});

afterEach(async () => {
  await manager.close();
  await rm(folder, { recursive: true });
});

/** Opens a host whose plugins share a process. @param fields further ones of an entry, by the plugin's name. @param more entries */
async function open(fields: Readonly<Record<string, string>> = {}, more: string = ''): Promise<void> {
  const names = ['shares_one_js', 'shares_two_js', 'ends_its_thread'];
  const entries = names.map(
    (name) => `  - { id: ${name}, path: ${fixture(`plugins/${name}`)}, isolation: thread, ${fields[name] ?? ''} }\n`,
  );
  await writeFile(join(folder, 'plugins.yaml'), `plugins:\n${entries.join('')}${more}`);
  const { options, lines: observedLines } = observed();
  lines = observedLines;
  manager = await PluginManager.open(join(folder, 'plugins.yaml'), options);
}

const call = (plugin: string, action = 'execute', input: unknown = null): Promise<unknown> =>
  manager.executePlugin(plugin, input, { action });
/** The error of a call that is to fail, and that nobody waits for yet. */
const rejected = (failing: Promise<unknown>): Promise<unknown> =>
  failing.then(
    (value) => expect.fail(`it answered ${JSON.stringify(value)}`),
    (error: unknown) => error,
  );
const saidBy = (plugin: string): unknown[] =>
  lines.filter((line) => line['plugin'] === plugin).map((line) => line['msg']);
const pidOf = async (): Promise<unknown> => ((await call('shares_one_js')) as { pid: unknown }).pid;

/** The folder of the socket that a group listens on. */
async function placeOf(pid: number): Promise<string> {
  const [, inode = ''] = /^socket:\[(\d+)\]$/.exec(await readlink(`/proc/${pid}/fd/7`)) ?? [];
  const listening = (await readFile(`/proc/${pid}/net/unix`, 'utf8')).split('\n');
  const line = listening.find((each) => each.split(/ +/).at(6) === inode);
  return dirname(line?.split(/ +/).at(7) ?? '');
}

const isGone = async (path: string): Promise<boolean> =>
  await stat(path).then(
    () => false,
    () => true,
  );

test('plugins share a process, and each has modules, globals, variables and a configuration of its own', async () => {
  await open({ shares_one_js: 'config: { shelf: 7 }' });
  const [one, two] = (await Promise.all([
    call('shares_one_js', 'execute', 1),
    call('shares_two_js', 'execute', 2), // begins while the process is being started
  ])) as [Record<string, unknown>, Record<string, unknown>];
  expect(one).toMatchObject({ helper: 'of one', owners: ['of one', 'of one'], config: { shelf: 7 }, value: 1 });
  expect(two).toEqual({ helper: 'of two', owners: ['of two', 'of two'], pid: one['pid'], value: 2 });
  expect(manager.plugins().map(({ isolation, start }) => [isolation, start?.mode])).toEqual([
    ['thread', 'thread'],
    ['thread', 'thread'],
    ['thread', undefined],
  ]);
});

test('beside plugins in Python they have a process of their own', async () => {
  await open({}, `  - { id: python, path: ${fixture('plugins/shares_two')}, isolation: thread }\n`);
  const [pid, python] = await Promise.all([pidOf(), call('python')]);
  expect(python).toMatchObject({ helper: 'of two' });
  expect((python as { pid: unknown }).pid).not.toBe(pid);
});

test('what a plugin prints and logs is tagged with it', async () => {
  await open();
  await Promise.all([call('shares_one_js', 'say', 'it'), call('shares_two_js')]);
  const said = ['printed it', 'complained of it', 'wrote it', 'moaned of it', 'noted it'];
  await until(() => said.every((line) => saidBy('shares_one_js').includes(line)), 'all lines');
  for (const line of said) expect(saidBy('shares_two_js')).not.toContain(line);
});

test('plugins of a group call each other', async () => {
  await open({ shares_two_js: 'may_call: [shares_one_js]' });
  expect(await call('shares_two_js', 'call', 'shares_one_js')).toMatchObject({
    helper: 'of one',
    value: 'through two',
  });
});

test('streams and large values go in both directions', async () => {
  await open();
  const rows = [new Uint8Array(3_000_000).fill(1), new Uint8Array(3_000_000).fill(2)];
  const echoed = (await call('shares_two_js', 'echoes', { rows: rows.values() })) as PluginStream;
  const seen: unknown[] = [];
  for await (const chunk of echoed) seen.push([(chunk as Uint8Array).length, (chunk as Uint8Array).at(-1)]);
  expect(seen).toEqual([
    [3_000_000, 1],
    [3_000_000, 2],
  ]);
});

describe('what ends one plugin leaves the others alone:', () => {
  test.each([
    ['exits', 3, 'PLUGIN_CRASHED', 'exited with status 3', 'leaves'],
    ['throws', null, 'PLUGIN_CRASHED', 'exited with status 1', 'RangeError: out of the blue'],
    ['rejects', null, 'PLUGIN_CRASHED', 'exited with status 1', 'RangeError: nobody listens'],
  ])('%s', async (action, input, code, reason, line) => {
    await open();
    const pid = await pidOf();
    expect(await rejected(call('ends_its_thread', action, input))).toMatchObject({
      code,
      message: expect.stringContaining(reason),
      context: { lastLines: expect.arrayContaining([line]) },
    });
    expect(await pidOf()).toBe(pid);
    expect(await call('ends_its_thread')).toBe(pid);
  });

  test('more memory than it may use, by which the error names the limit', async () => {
    await open({ ends_its_thread: 'resources: { memory: 32MiB }' });
    const pid = await pidOf(); // other memory needs no other process
    expect(await rejected(call('ends_its_thread', 'fills_memory'))).toMatchObject({
      code: 'MEMORY_LIMIT_EXCEEDED',
      message: 'Plugin "ends_its_thread" was ended by its memory limit of 32 MiB.',
    });
    expect(await pidOf()).toBe(pid);
    expect(await call('ends_its_thread')).toBe(pid);
  });

  test('a loop that nothing stops, while the others answer', async () => {
    await open({ ends_its_thread: 'timeouts: { call: 500ms, cancel_grace: 200ms }' });
    const pid = await pidOf();
    const late = rejected(call('ends_its_thread', 'spins'));
    await until(() => saidBy('ends_its_thread').includes('spins'), 'the loop');
    expect(await pidOf()).toBe(pid);
    expect(await late).toMatchObject({ code: 'CALL_TIMEOUT' });
    await until(() => manager.plugins()[2]?.restarts === 1, 'its next thread');
    expect(await call('ends_its_thread')).toBe(pid);
    expect(await pidOf()).toBe(pid);
  });
});

test('what is printed just before the end of a thread is not lost', async () => {
  await open({ shares_one_js: 'timeouts: { call: 500ms, cancel_grace: 200ms }' });
  expect(await rejected(call('shares_one_js', 'spins'))).toMatchObject({ code: 'CALL_TIMEOUT' });
  await until(() => saidBy('shares_one_js').includes('still spins'), 'the last line');
});

test('a system call that never returns costs the group its process', async () => {
  await open({ ends_its_thread: 'timeouts: { call: 500ms, cancel_grace: 200ms }' });
  await call('shares_two_js');
  const waiting = rejected(call('shares_two_js', 'wait'));
  await until(() => saidBy('shares_two_js').includes('waits'), 'the call that waits');
  expect(await rejected(call('ends_its_thread', 'waits_in_a_system_call'))).toMatchObject({ code: 'CALL_TIMEOUT' });
  expect(await waiting).toMatchObject({
    code: 'GROUP_CRASHED',
    details: { culprit: 'ends_its_thread' },
    message: expect.stringContaining('did not let go of its thread'),
  });
});

describe('an end of the process', () => {
  test('is told to all calls, with the names of those that had one', async () => {
    await open();
    await Promise.all([call('shares_one_js'), call('shares_two_js')]);
    expect(await rejected(call('ends_its_thread', 'by_signal', 'SIGSEGV'))).toMatchObject({
      code: 'GROUP_CRASHED',
      details: { group: 'threads-node', culprit: 'ends_its_thread' },
      message: expect.stringContaining('SIGSEGV'),
    });
    const waiting = rejected(call('shares_two_js', 'wait'));
    await until(() => saidBy('shares_two_js').includes('waits'), 'the call that waits');
    const sent = rejected(call('ends_its_thread', 'by_signal', 'SIGSEGV'));
    expect(await waiting).toMatchObject({
      code: 'GROUP_CRASHED',
      details: { culprit: undefined, suspects: ['shares_two_js', 'ends_its_thread'] },
    });
    await sent;
  });

  test('is followed by a new process for all, and after the third time by one for who did it', async () => {
    await open();
    const pids = new Set<unknown>();
    for (let time = 0; time < 3; time += 1) {
      pids.add(await pidOf());
      await expect(call('ends_its_thread', 'by_signal', 'SIGKILL')).rejects.toMatchObject({ code: 'GROUP_CRASHED' });
    }
    expect(pids.size).toBe(3);
    const own = await call('ends_its_thread');
    expect(own).not.toBe(await pidOf());
    expect(manager.plugins()[2]?.start).toEqual({
      mode: 'spawn',
      reason: expect.stringMatching(/^fell back from thread, because it has ended the process of its group 3 times/),
    });
  });

  test('comes when a plugin closes the channel of the group', async () => {
    await open();
    await call('shares_one_js');
    expect(await rejected(call('ends_its_thread', 'closes', 6))).toMatchObject({
      code: 'GROUP_CRASHED',
      message: expect.stringContaining('it closed file descriptor 6'),
    });
  });
});

test('a reload begins the plugin anew in the same process, with the files as they are now', async () => {
  const own = join(folder, 'changes');
  await mkdir(own);
  const write = (text: string): Promise<void> => writeFile(join(own, 'helpers.js'), `export const NAME = "${text}";\n`);
  await write('before');
  for (const file of ['plugin.js', 'package.json'])
    await copyFile(join(fixture('plugins/shares_two_js'), file), join(own, file));
  await open({}, `  - { id: changes, path: ${own}, isolation: thread }\n`);
  const before = (await call('changes')) as Record<string, unknown>;
  expect(before).toMatchObject({ helper: 'before' });
  await write('afterwards');
  await manager.reload('changes');
  expect(await call('changes')).toMatchObject({ helper: 'afterwards', pid: before['pid'] });
});

test('no thread leaves a descriptor behind', async () => {
  await open();
  const pid = await pidOf();
  const descriptors = async (): Promise<number> => (await readdir(`/proc/${pid as number}/fd`)).length;
  await manager.reload('shares_two_js');
  const before = await descriptors();
  for (let time = 0; time < 3; time += 1) {
    await manager.reload('shares_two_js');
    await call('shares_two_js');
  }
  await until(async () => (await descriptors()) <= before, 'as many descriptors as before');
});

test('the socket that a group accepts others on lies where only this user may enter, and goes with it', async () => {
  await open();
  const pid = (await pidOf()) as number;
  const place = await placeOf(pid);
  expect((await stat(place)).mode & 0o777).toBe(0o700);
  const process = identify(pid);
  await manager.close();
  await gone(process);
  await until(() => isGone(place), 'its end');
});

test.each([
  ['whatever it does', []],
  ['even in a loop without end', ['blocks']],
])('a killed host leaves no group behind, and the next one removes its socket: %s', async (_, busy) => {
  const home = join(folder, 'home');
  const registry = join(folder, 'to-kill.yaml');
  await open();
  await writeFile(
    registry,
    `plugins: [{ id: js, path: ${fixture('plugins/in_javascript')}, isolation: thread, hooks: [pre_process] }]\n`,
  );
  const program = fixture('programs/javascript-host.mjs');
  const host = spawn(process.execPath, [program, registry, home, ...busy], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    const [line] = (await once(createInterface({ input: host.stdout }), 'line')) as [string];
    const pids = JSON.parse(line) as [number, number];
    const processes = pids.map(identify);
    const place = await placeOf(pids[0]);
    host.kill('SIGKILL');
    await Promise.all(processes.map(gone));
    await using _next = await PluginManager.open(registry, { home });
    await until(() => isGone(place), 'the end of its socket');
  } finally {
    host.kill('SIGKILL');
  }
});

test('no debugger attaches to a plugin that shares its process', async () => {
  await open();
  await expect(manager.debug('shares_one_js')).rejects.toMatchObject({
    code: 'DEBUG_FAILED',
    message: expect.stringContaining('it shares its process with others'),
  });
});

test('a thread has no working folder of its own, and says so', async () => {
  await open();
  await expect(call('ends_its_thread', 'changes_folder')).rejects.toMatchObject({
    code: 'PLUGIN_RAISED',
    message: expect.stringContaining('process.chdir() is not supported in workers'),
  });
});
