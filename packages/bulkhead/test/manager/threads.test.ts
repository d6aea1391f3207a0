import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { StateFolder } from '../../src/environment/state-folder.ts';
import { PluginManager } from '../../src/manager/plugin-manager.ts';
import { runningProcesses } from '../../src/manager/running-processes.ts';
import { gone, identify } from '../processes.ts';
import { fixture, observed, TEST_HOME } from '../test-home.ts';
import { until, untilHolds } from '../until.ts';

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
  const names = ['shares_one', 'shares_two', 'ends_its_group'];
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
  lines.filter((line) => line['plugin'] === plugin && line['stream'] !== undefined).map((line) => line['msg']);

test('plugins share a process, and each has modules, a configuration and a working folder of its own', async () => {
  await open({ shares_one: 'config: { shelf: 7 }' });
  const [one, two] = (await Promise.all([
    call('shares_one', 'execute', 1),
    call('shares_two', 'execute', 2), // begins while the process is being started
  ])) as [Record<string, unknown>, Record<string, unknown>];
  expect(one).toEqual({ helper: 'of one', config: { shelf: 7 }, pid: two['pid'], value: 1 });
  expect(two).toMatchObject({ helper: 'of two', value: 2 });
  expect(await call('shares_one', 'folder')).toBe(fixture('plugins/shares_one'));
  expect(await call('shares_two', 'folder')).toBe(fixture('plugins/shares_two'));
  expect(manager.plugins().map(({ isolation, start }) => [isolation, start?.mode])).toEqual([
    ['thread', 'thread'],
    ['thread', 'thread'],
    ['thread', undefined],
  ]);
});

test('what a plugin prints, logs and writes from its threads is tagged with it', async () => {
  await open();
  await Promise.all([call('shares_one', 'say', 'it'), call('shares_two')]);
  const said = ['printed it', 'complained of it', 'noted it', 'logged it', 'printed it in a thread'];
  await until(() => said.every((line) => saidBy('shares_one').includes(line)), 'all lines');
  expect(saidBy('shares_two')).toEqual([]);
});

test('plugins of a group call each other', async () => {
  await open({ shares_two: 'may_call: [shares_one]' });
  expect(await call('shares_two', 'call', 'shares_one')).toMatchObject({ helper: 'of one', value: 'through two' });
});

describe('an end of the process', () => {
  test.each([
    ['by_fault', null, 'SIGSEGV'],
    ['by_exit', 7, 'called os._exit(7)'],
  ])('by %s is told to all calls, with the name of who did it', async (action, input, reason) => {
    await open();
    await call('shares_one');
    const waiting = rejected(call('shares_two', 'wait'));
    await until(() => saidBy('shares_two').includes('waits'), 'the call that waits');
    const failed = rejected(call('ends_its_group', action, input));
    expect(await failed).toMatchObject({
      code: 'GROUP_CRASHED',
      details: { plugin: 'ends_its_group', group: 'threads', culprit: 'ends_its_group' },
      message: expect.stringContaining(reason),
    });
    expect(await waiting).toMatchObject({
      code: 'GROUP_CRASHED',
      details: { plugin: 'shares_two', culprit: 'ends_its_group' },
      message: expect.stringContaining(`Most likely "ends_its_group" has ended the process: `),
    });
    expect(await call('shares_two')).toMatchObject({ helper: 'of two' });
  });

  test('is blamed on the only plugin that had a call, or on one of those that had', async () => {
    await open();
    await Promise.all([call('shares_one'), call('shares_two')]);
    const alone = rejected(call('ends_its_group', 'by_signal'));
    expect(await alone).toMatchObject({
      code: 'GROUP_CRASHED',
      details: { culprit: 'ends_its_group' },
      message: expect.stringContaining('SIGKILL'),
    });
    const waiting = rejected(call('shares_two', 'wait'));
    await until(() => saidBy('shares_two').includes('waits'), 'the call that waits');
    await Promise.all([rejected(call('ends_its_group', 'by_signal')), waiting]);
    expect(await waiting).toMatchObject({
      code: 'GROUP_CRASHED',
      details: { culprit: undefined, suspects: ['shares_two', 'ends_its_group'] },
      message: expect.stringContaining('One of "shares_two", "ends_its_group" has ended it'),
    });
  });

  test('is what garbage on the channel of the group leads to, and names who had a call', async () => {
    await open();
    await call('shares_one');
    expect(await rejected(call('ends_its_group', 'by_garbage'))).toMatchObject({
      code: 'GROUP_CRASHED',
      details: { culprit: 'ends_its_group' },
      message: expect.stringContaining('a plugin broke the protocol of the group'),
    });
  });

  test('is followed by a new process for all, and after the third time by one for who did it', async () => {
    await open();
    const pids = new Set<unknown>();
    for (let time = 0; time < 3; time += 1) {
      const { pid } = (await call('shares_one')) as { pid: number };
      pids.add(pid);
      await expect(call('ends_its_group', 'by_exit', 1)).rejects.toMatchObject({ code: 'GROUP_CRASHED' });
    }
    expect(pids.size).toBe(3);
    const own = await call('ends_its_group');
    const { pid } = (await call('shares_one')) as { pid: number };
    expect(own).not.toBe(pid);
    await expect(call('ends_its_group', 'by_exit', 1)).rejects.toMatchObject({ code: 'PLUGIN_CRASHED' });
    expect(await call('shares_one')).toMatchObject({ pid });
    expect(manager.plugins()[2]?.start).toEqual({
      mode: 'spawn',
      reason: expect.stringMatching(/^fell back from thread, because it has ended the process of its group 3 times/),
    });
    expect(lines).toContainEqual(
      expect.objectContaining({
        plugin: 'ends_its_group',
        msg: 'runs in a process of its own from now on: it has ended the process of its group 3 times',
      }),
    );
  });
});

test('sys.exit fails one call, and ends nothing', async () => {
  await open();
  const pid = await call('ends_its_group');
  await expect(call('ends_its_group', 'sys_exit')).rejects.toMatchObject({
    code: 'PLUGIN_RAISED',
    message: expect.stringContaining('called exit with status 3'),
  });
  expect(await call('ends_its_group')).toBe(pid);
});

describe('a call that is given up', () => {
  test('ends in its thread, and the group goes on', async () => {
    await open({ ends_its_group: 'timeouts: { call: 500ms }' });
    const pid = await call('ends_its_group');
    await expect(call('ends_its_group', 'computes')).rejects.toMatchObject({ code: 'CALL_TIMEOUT' });
    expect(await call('ends_its_group')).toBe(pid);
    expect(manager.plugins()[2]?.restarts).toBe(0);
  });

  test('and that waits for a lock costs the group its process', async () => {
    await open({ ends_its_group: 'timeouts: { call: 500ms, cancel_grace: 200ms }' });
    const waiting = rejected(call('shares_two', 'wait'));
    await until(() => saidBy('shares_two').includes('waits'), 'the call that waits');
    expect(await rejected(call('ends_its_group', 'blocks'))).toMatchObject({ code: 'CALL_TIMEOUT' });
    expect(await waiting).toMatchObject({
      code: 'GROUP_CRASHED',
      details: { culprit: 'ends_its_group' },
      message: expect.stringContaining('did not let go of its thread'),
    });
  });
});

test('a reload begins the plugin anew in the same process, with the files as they are now', async () => {
  const own = join(folder, 'changes');
  await mkdir(own);
  const write = (text: string): Promise<void> => writeFile(join(own, 'helpers.py'), `NAME = "${text}"\n`);
  await write('before');
  await copyFile(join(fixture('plugins/shares_two'), 'plugin.py'), join(own, 'plugin.py'));
  await open({}, `  - { id: changes, path: ${own}, isolation: thread }\n`);
  const before = (await call('changes')) as Record<string, unknown>;
  expect(before).toMatchObject({ helper: 'before' });
  await write('afterwards');
  await manager.reload('changes');
  expect(await call('changes')).toMatchObject({ helper: 'afterwards', pid: before['pid'] });
});

test('plugins of a group with other variables have another process', async () => {
  await open({ shares_two: 'env: { ANSWER: "42" }' });
  const [one, two] = (await Promise.all([call('shares_one'), call('shares_two')])) as { pid: number }[];
  expect(one?.pid).not.toBe(two?.pid);
  expect(await call('ends_its_group')).toBe(one?.pid);
});

test('the process ends with the last plugin, and is in the list until then, once', async () => {
  await open({ shares_one: 'idle_unload: 100ms' });
  const { pid } = (await call('shares_two')) as { pid: number };
  expect(await call('shares_one')).toMatchObject({ pid });
  const own = async (): Promise<unknown> =>
    (await runningProcesses(StateFolder.of(process.env, TEST_HOME))).filter((each) => each.pid === pid);
  const members = (...plugins: string[]): unknown =>
    plugins.map((plugin) => ({ plugin, folder: fixture(`plugins/${plugin}`), generation: 1 }));
  await untilHolds(async () =>
    expect(await own()).toEqual([expect.objectContaining({ role: 'group', members: members('shares_two') })]),
  );
  const identity = identify(pid);
  await manager.close();
  await gone(identity);
  await untilHolds(async () => expect(await own()).toEqual([]));
});

test('a limit of memory holds for the group, and is named to the call that met it', async () => {
  const limit = 'resources: { memory: 256MiB }';
  await open({ shares_one: limit, shares_two: limit, ends_its_group: limit });
  const { pid } = (await call('shares_one')) as { pid: number };
  expect(await rejected(call('ends_its_group', 'take', { size: 400_000_000 }))).toMatchObject({
    code: 'MEMORY_LIMIT_EXCEEDED',
    message: expect.stringContaining('256 MiB'),
  });
  expect(await call('shares_two')).toMatchObject({ pid });
});

test('no debugger attaches to a plugin that shares its process', async () => {
  await open();
  await expect(manager.debug('shares_one')).rejects.toMatchObject({
    code: 'DEBUG_FAILED',
    message: expect.stringContaining('it shares its process with others'),
  });
});
