import { writeFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ExecuteOptions } from '../../src/manager/execute-options.ts';
import { PluginManager } from '../../src/manager/plugin-manager.ts';
import { PluginStream } from '../../src/session/plugin-stream.ts';
import { fixture, observed } from '../test-home.ts';
import { ChangingPlugin } from './changing-plugin.ts';
import { untilHolds } from '../until.ts';

let manager: PluginManager;
let lines: Record<string, unknown>[];
let folder: string;
/** What `wait_for` waits for. */
let file: string;

beforeEach(async () => {
  const { options, lines: observedLines } = observed();
  lines = observedLines;
  folder = await mkdtemp(join(tmpdir(), 'bulkhead-cache-'));
  file = join(folder, 'file');
  manager = await PluginManager.open(fixture('cache.yaml'), options);
});

afterEach(async () => {
  await manager.close();
  await rm(folder, { recursive: true });
});

function ask(action: string, data: unknown = null, options: ExecuteOptions = {}, plugin = 'pure'): Promise<unknown> {
  return manager.executePlugin(plugin, data, { action, ...options });
}

async function runs(plugin = 'pure'): Promise<unknown> {
  return await ask('count', null, {}, plugin);
}

async function seen(message: string, times = 1): Promise<void> {
  const count = (): number => lines.filter(({ msg }) => msg === message).length;
  await untilHolds(() => expect(count()).toBe(times));
}

async function metric(line: string): Promise<string | undefined> {
  const found = (await manager.metrics()).split('\n').find((each) => each.startsWith(`${line} `));
  return found?.slice(line.length + 1);
}

function requests(action: string, result: string): Promise<string | undefined> {
  return metric(`bulkhead_cache_requests_total{plugin_id="pure",action="${action}",result="${result}"}`);
}

async function chunks(answer: unknown): Promise<unknown[]> {
  expect(answer).toBeInstanceOf(PluginStream);
  const all: unknown[] = [];
  for await (const chunk of answer as PluginStream) all.push(chunk);
  return all;
}

describe('a kept answer', () => {
  test('is given to the same input, whatever the order of its keys; it is no call of the instance', async () => {
    const first = await ask('execute', { text: 'a', options: { x: 1, y: 2 } });
    const calls = manager.plugins()[0]?.instances[0]?.calls;
    expect(await ask('execute', { options: { y: 2, x: 1 }, text: 'a' })).toEqual(first);
    expect(manager.plugins()[0]?.instances[0]?.calls).toBe(calls);
    expect(await ask('execute', { text: 'b' })).toMatchObject({ run: 2 });
    expect(await requests('execute', 'hit')).toBe('1');
    expect(await requests('execute', 'miss')).toBe('2');
  });

  test('is not given by an action that is not declared pure, nor to a call that goes by it', async () => {
    expect([await ask('unkept', 1), await ask('unkept', 1)]).toEqual([1, 2]);
    await ask('execute', 1);
    expect(await ask('execute', 1, { cache: false })).toMatchObject({ run: 4 });
    expect(await ask('execute', 1, { into: new Uint8Array(3) })).toMatchObject({ run: 5 });
    expect(await ask('execute', 1)).toMatchObject({ run: 3 });
    expect(await metric('bulkhead_cache_entries{plugin_id="pure",action="execute"}')).toBe('1');
    expect(Number(await metric('bulkhead_cache_bytes{plugin_id="pure",action="execute"}'))).toBeGreaterThan(256);
  });

  test('is what it was, whatever callers do to theirs', async () => {
    const first = (await ask('execute', { list: [1] })) as { input: { list: number[] }; bytes: Uint8Array };
    const answer = structuredClone(first);
    first.input.list.push(2);
    first.bytes.fill(0);
    const second = (await ask('execute', { list: [1] })) as typeof first;
    expect(second).toEqual(answer);
    second.input.list.push(3);
    second.bytes.fill(0);
    expect(await ask('execute', { list: [1] })).toEqual(answer);
  });

  test('is that to its input, also when the caller changes it before it is sent', async () => {
    await manager.startPlugin('pure');
    const busy = ask('wait_for', { file });
    await seen('waiting');
    const input = { text: 'a' };
    const first = ask('execute', input);
    input.text = 'b';
    await writeFile(file, '');
    await busy;
    expect(await first).toMatchObject({ input: { text: 'a' } });
    expect(await ask('execute', { text: 'a' })).toEqual(await first);
    expect(await ask('execute', { text: 'b' })).toMatchObject({ input: { text: 'b' } });
  });

  test('needs no instance', async () => {
    const first = await ask('execute', 1);
    const pid = manager.plugins()[0]?.instances[0]?.pid ?? 0;
    process.kill(pid, 'SIGKILL');
    await untilHolds(() => expect(manager.plugins()[0]?.instances).toEqual([]));
    expect(await ask('execute', 1)).toEqual(first);
    expect(manager.plugins()[0]?.instances).toEqual([]);
  });

  test('is kept for its time only', async () => {
    const first = await ask('briefly');
    await untilHolds(async () => expect(await ask('briefly')).not.toBe(first));
    const expired = 'bulkhead_cache_evictions_total{plugin_id="pure",action="briefly",reason="expired"}';
    expect(await metric(expired)).toBe('1');
  });

  test('goes for those after it, when there are too many, or they are too large', async () => {
    for (const value of [1, 2, 3]) await ask('few', value);
    expect(await ask('few', 3)).toBe(3);
    expect(await ask('few', 1)).toBe(4);
    expect(await metric('bulkhead_cache_entries{plugin_id="pure",action="few"}')).toBe('2');
    expect(await metric('bulkhead_cache_evictions_total{plugin_id="pure",action="few",reason="space"}')).toBe('2');
    await ask('small', { size: 1000 });
    await ask('small', { size: 1000 });
    expect(await runs()).toBe(6);
    expect(await metric('bulkhead_cache_bypasses_total{plugin_id="pure",action="small",reason="size"}')).toBe('2');
  });

  test('is forgotten by clearCache, of one plugin or all', async () => {
    expect(await ask('execute', 1)).toMatchObject({ run: 1 });
    manager.clearCache('pure');
    expect(await ask('execute', 1)).toMatchObject({ run: 2 });
    manager.clearCache();
    expect(await ask('execute', 1)).toMatchObject({ run: 3 });
    expect(() => manager.clearCache('pur')).toThrow(expect.objectContaining({ code: 'PLUGIN_UNKNOWN' }) as Error);
  });

  test('is not given to one whose signal is aborted, nor by a manager that is closed', async () => {
    await ask('execute', 1);
    const aborted = { signal: AbortSignal.abort() };
    await expect(ask('execute', 1, aborted)).rejects.toMatchObject({ code: 'CALL_CANCELLED' });
    await expect(ask('execute', 1, { timeout: -1 })).rejects.toMatchObject({ code: 'ARGUMENT_INVALID' });
    await manager.close();
    await expect(ask('execute', 1)).rejects.toMatchObject({ code: 'MANAGER_CLOSED' });
  });
});

describe('not kept is', () => {
  test('a failure', async () => {
    await expect(ask('fails')).rejects.toMatchObject({ message: expect.stringContaining('run 1') as string });
    await expect(ask('fails')).rejects.toMatchObject({ message: expect.stringContaining('run 2') as string });
  });

  test('the answer to a stream', async () => {
    const values = (): unknown => ({ values: [1, 2, 3].values() });
    expect([await ask('length', values()), await ask('length', values())]).toEqual([3, 3]);
    expect(await runs()).toBe(2);
  });

  test('a stream: each caller gets his own, and can end it', async () => {
    await manager.startPlugin('pure');
    const controller = new AbortController();
    const { signal } = controller;
    const [first, second, third] = await Promise.all([
      ask('stream', { count: 1_000_000 }, { signal }),
      ask('stream', { count: 3 }),
      ask('stream', { count: 3 }),
    ]);
    expect(await chunks(second)).toEqual([0, 1, 2]);
    expect(await chunks(third)).toEqual([0, 1, 2]);
    expect(await (first as PluginStream).next()).toEqual({ done: false, value: 0 });
    controller.abort();
    await expect(chunks(first)).rejects.toMatchObject({ code: 'CALL_CANCELLED' });
    await seen('stream over', 3);
    expect(lines).toContainEqual(
      expect.objectContaining({ plugin: 'pure', action: 'stream', msg: expect.stringContaining('stream') as string }),
    );
    expect(await chunks(await ask('stream', { count: 3 }))).toEqual([0, 1, 2]);
    expect(await runs()).toBe(4);
  });
});

test('what is wrong with an input is told as of any other action', async () => {
  await manager.startPlugin('pure');
  const wrong = ask('execute', { when: new Map() });
  await expect(wrong).rejects.toMatchObject({
    code: 'INPUT_NOT_ENCODABLE',
    message: expect.stringContaining('$.when') as string,
  });
  await expect(ask('few', { other: 1 })).rejects.toMatchObject({ code: 'INPUT_REJECTED' });
  expect(await runs()).toBe(0);
});

describe('equal calls at the same time', () => {
  test('are one', async () => {
    await manager.startPlugin('pure');
    const all = Array.from({ length: 20 }, () => ask('wait_for', { file }));
    await seen('waiting');
    await writeFile(file, '');
    expect(await Promise.all(all)).toEqual(Array.from({ length: 20 }, () => 1));
    expect(await runs()).toBe(1);
    expect(await requests('wait_for', 'coalesced')).toBe('19');
  });

  test('are one also when no instance has been ready yet', async () => {
    const all = Array.from({ length: 20 }, () => ask('execute', { text: 'a' }, { timeout: 60_000 }));
    for (const answer of await Promise.all(all)) expect(answer).toMatchObject({ run: 1 });
    expect(await runs()).toBe(1);
  });

  test('go on when the one that began is cancelled, and end with the last', async () => {
    await manager.startPlugin('pure');
    const [leader, follower] = [new AbortController(), new AbortController()];
    const first = ask('wait_for', { file }, { signal: leader.signal });
    const second = ask('wait_for', { file }, { signal: follower.signal });
    await seen('waiting');
    leader.abort();
    await expect(first).rejects.toMatchObject({ code: 'CALL_CANCELLED' });
    const third = ask('wait_for', { file });
    await writeFile(file, '');
    expect([await second, await third]).toEqual([1, 1]);

    const other = join(folder, 'never');
    const last = ask('wait_for', { file: other }, { signal: follower.signal });
    await seen('waiting', 2);
    follower.abort();
    await expect(last).rejects.toMatchObject({ code: 'CALL_CANCELLED' });
    expect(await runs()).toBe(1); // so it has let go of that call
  });

  test('are one only with the same limits', async () => {
    await manager.startPlugin('pure');
    const limits = [{}, { timeout: 50_000 }, { timeout: 50_000 }, { timeout: 60_000 }];
    const all = limits.map((options) => ask('wait_for', { file }, options));
    await writeFile(file, '');
    expect(await Promise.all(all)).toEqual([1, 2, 2, 3]);
  });

  test('are not one for somebody who listens to progress', async () => {
    await manager.startPlugin('pure');
    const told: unknown[] = [];
    const onProgress = (progress: unknown): void => {
      told.push(progress);
      writeFileSync(file, ''); // what the second run waits for; the first one takes away what is there
    };
    await writeFile(file, '');
    const answers = await Promise.all([ask('reports', { file }), ask('reports', { file }, { onProgress })]);
    expect(answers).toEqual([1, 2]);
    const heard = told.length;
    expect(told[0]).toEqual({ fraction: 0.5 });
    expect(await ask('reports', { file }, { onProgress })).toBe(2);
    expect(told).toHaveLength(heard);
  });
});

test('a call of another plugin is given what is kept, and what it makes is kept', async () => {
  const call = { plugin: 'pure', data: { file }, action: 'wait_for' };
  await writeFile(file, '');
  expect(await ask('execute', call, {}, 'caller')).toBe(1);
  expect(await ask('execute', call, {}, 'caller')).toBe(1);
  expect(await ask('wait_for', { file })).toBe(1);
  expect(await requests('wait_for', 'hit')).toBe('2');
});

describe('the registry', () => {
  test('goes before what the actions say, and makes none of them pure', async () => {
    const settled = (action: string, data: unknown): Promise<unknown> => ask(action, data, {}, 'settled');
    expect([await settled('execute', 1), await settled('execute', 1)]).toMatchObject([{ run: 1 }, { run: 2 }]);
    expect([await settled('few', 1), await settled('few', 1), await settled('few', 2)]).toEqual([3, 3, 4]);
    expect(await settled('few', 1)).toBe(5);
    expect([await settled('unkept', 1), await settled('unkept', 1)]).toEqual([6, 7]);
    expect(lines).toContainEqual(
      expect.objectContaining({ level: 40, plugin: 'settled', actions: ['unkept', 'missing'] }),
    );
  });

  test('can switch it off', async () => {
    const off = (): Promise<unknown> => ask('execute', 1, {}, 'off');
    expect([await off(), await off()]).toMatchObject([{ run: 1 }, { run: 2 }]);
  });
});

test('while a debugger may attach, every call reaches the plugin', async () => {
  const first = await ask('execute', 1);
  expect(await ask('execute', 1)).toEqual(first);
  await manager.debug('pure');
  expect([await ask('execute', 1), await ask('execute', 1)]).toMatchObject([{ run: 2 }, { run: 3 }]);
});

test('a reload begins anew, also with the same version', async () => {
  const body = '    @action(cache=True)\n    def where(self):\n        return os.getpid()\n';
  await using plugin = await ChangingPlugin.make({ version: '1.0', body });
  await using changing = await PluginManager.open(plugin.registry, observed().options);
  const where = (): Promise<unknown> => changing.executePlugin('changing', null, { action: 'where' });
  const before = await where();
  expect(await where()).toBe(before);
  await changing.reload('changing');
  const after = await where();
  expect(after).not.toBe(before);
  expect(await where()).toBe(after);
});
