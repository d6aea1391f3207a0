import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { PluginManager } from '../../src/manager/plugin-manager.ts';
import type { PluginStatus } from '../../src/manager/plugin-status.ts';
import { fixture, observed } from '../test-home.ts';
import { until } from '../until.ts';
import { onlyOnLinux } from '../not-run.ts';

let manager: PluginManager;

beforeEach(async () => {
  const { options } = observed();
  manager = await PluginManager.open(fixture('pooled.yaml'), { ...options, startAhead: false });
});

afterEach(async () => {
  await manager.close();
});

describe('several instances', () => {
  test('another is started when all are busy; at the most, a call waits for the one that is free first', async () => {
    const [first, second] = [held('two'), held('two')];
    await until(() => inFlight('two').join() === '1,1', 'two instances with a call each');
    const third = manager.executePlugin('two');
    expect(status('two')).toMatchObject({ waiting: 1, instances: [{ inFlight: 1 }, { inFlight: 1 }] });
    first.end();
    expect(await third).toBe(status('two').instances[0]?.pid);
    second.end();
    expect(
      status('two')
        .instances.map(({ generation }) => generation)
        .toSorted(),
    ).toEqual([1, 2]);
    await Promise.all([first.over, second.over]);
  });

  test('more than ten that start at once draw no warning of Node', async () => {
    const warnings: Error[] = [];
    const onWarning = (warning: Error): void => void warnings.push(warning);
    process.on('warning', onWarning);
    await Promise.all(Array.from({ length: 12 }, () => manager.executePlugin('twelve', null, { action: 'look' })));
    await until(() => status('twelve').instances.length > 1, 'several instances');
    process.off('warning', onWarning);
    expect(warnings).toEqual([]);
  });

  test('an idle one is taken before another is started', async () => {
    expect(status('two').state).toBe('idle');
    const first = manager.executePlugin('two');
    await until(() => status('two').state === 'starting', 'the start of an instance');
    const pids = [await first, await manager.executePlugin('two')];
    expect(status('two').state).toBe('ready');
    expect(pids[0]).toBe(pids[1]);
    const idle = { pid: pids[0], generation: 1, state: 'idle', inFlight: 0, calls: 2, health: 'ready' };
    expect(status('two').instances).toMatchObject([idle]);
  });

  test('a call that waits for a start is sent to another that gets free before', async () => {
    const first = held('two');
    await until(() => inFlight('two')[0] === 1, 'an instance with a call');
    const answers = [manager.executePlugin('two'), manager.executePlugin('two')];
    expect(status('two').waiting).toBe(2);
    first.end();
    await first.over;
    expect(await Promise.all(answers)).toHaveLength(2);
  });

  test('nothing is sent behind a slow call, however quick, and everything to where it is free', async () => {
    const [first, second] = [held('two'), held('two')];
    await until(() => inFlight('two').join() === '1,1', 'two instances with a call each');
    second.end();
    const pid = await manager.executePlugin('two');
    const pids = await Promise.all(Array.from({ length: 200 }, () => manager.executePlugin('two')));
    expect(new Set(pids)).toEqual(new Set([pid]));
    first.end();
    await Promise.all([first.over, second.over]);
  });

  test('a call that waits behind a slow one is cancelled without the plugin hearing of it', async () => {
    const slow = held('one');
    await until(() => inFlight('one')[0] === 1, 'an instance with a call');
    const controller = new AbortController();
    const waiting = manager.executePlugin('one', null, { signal: controller.signal });
    const next = manager.executePlugin('one');
    expect(status('one').waiting).toBe(2);
    controller.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'CALL_CANCELLED' });
    await manager.startPlugin('one'); // it is there already, however busy
    slow.end();
    expect(await next).toBe(status('one').instances[0]?.pid);
    expect(status('one').instances).toMatchObject([{ calls: 2, generation: 1 }]);
    await slow.over;
  });

  test('so many as are asked for are started ahead, and again after a crash', async () => {
    await manager.close();
    const { options } = observed();
    manager = await PluginManager.open(fixture('pooled.yaml'), options);
    await until(() => status('warm').instances.length === 2, 'two instances');
    const [first, second] = status('warm').instances;
    process.kill(first?.pid as number, 'SIGKILL');
    await until(
      () => status('warm').instances.some(({ generation }) => generation === 3),
      'the instance after the crash',
    );
    expect(status('warm').instances.map(({ pid }) => pid)).toContain(second?.pid);
    expect(status('warm').restarts).toBe(1);
  });
});

describe('limits', () => {
  test('of the queue: a call over it is refused at once, and says where it is set', async () => {
    await manager.startPlugin('bounded');
    const calls = [held('bounded'), held('bounded')];
    await expect(manager.executePlugin('bounded')).rejects.toMatchObject({
      code: 'QUEUE_FULL',
      retryable: true,
      httpStatus: 429,
      advice: expect.stringContaining('`queue: { max: … }`') as string,
    });
    for (const call of calls) call.end();
    await Promise.all(calls.map(({ over }) => over));
    await until(() => inFlight('bounded')[0] === 0, 'the end of the call');
    expect(await manager.executePlugin('bounded')).toBe(status('bounded').instances[0]?.pid);
  });

  test('of waiting for an instance that has room', async () => {
    await manager.startPlugin('busy');
    const slow = held('busy');
    await expect(manager.executePlugin('busy')).rejects.toMatchObject({
      code: 'QUEUE_TIMEOUT',
      message: expect.stringContaining('the only one was busy with 1 other call') as string,
      advice: expect.stringContaining('`timeouts: { queue: … }`') as string,
    });
    slow.end();
    await slow.over;
  });

  test('of waiting for an instance that starts', async () => {
    await expect(manager.executePlugin('impatient')).rejects.toMatchObject({
      code: 'QUEUE_TIMEOUT',
      advice: expect.stringContaining('`timeouts: { queue: … }`') as string,
    });
    expect(status('impatient').waiting).toBe(0);
  });

  test('of showing no progress, which a log line is', async () => {
    expect(await manager.executePlugin('lively', { times: 25 }, { action: 'chat' })).toBe(25);
    await expect(manager.executePlugin('lively', null, { action: 'hold' })).rejects.toMatchObject({
      code: 'CALL_IDLE_TIMEOUT',
      advice: expect.stringContaining('`timeouts: { idle: … }`') as string,
    });
    expect(await manager.executePlugin('lively')).toBe(status('lively').instances[0]?.pid);
  });
});

describe('an instance', () => {
  test('that nobody calls is unloaded; the next call starts another', async () => {
    const pid = await manager.executePlugin('unloaded');
    await until(() => status('unloaded').instances.length === 0, 'the end of the idle instance');
    expect(status('unloaded')).toMatchObject({ state: 'idle', restarts: 0, problem: undefined });
    expect(await manager.executePlugin('unloaded')).not.toBe(pid);
    expect(await manager.metrics()).toMatch(/endings_total\{plugin_id="unloaded",ending="unloaded"\} 1/);
  });

  test('that is to be kept is not unloaded, those above it are', async () => {
    const call = held('kept');
    await until(() => inFlight('kept')[0] === 1, 'an instance with a call');
    await manager.executePlugin('kept');
    const pids = status('kept').instances.map(({ pid }) => pid);
    expect(pids).toHaveLength(2);
    call.end();
    await call.over;
    await until(() => status('kept').instances.length === 1, 'the end of the second instance');
    expect(pids).toContain(await manager.executePlugin('kept'));
  });

  test.each(['recycled', 'recycled_of_two'])('of %s serves so many calls, and no call is lost', async (id) => {
    const pid = await manager.executePlugin(id);
    const many = await Promise.all(Array.from({ length: 20 }, () => manager.executePlugin(id)));
    expect(many).toHaveLength(20);
    await until(() => status(id).instances.every((instance) => instance.pid !== pid), 'the end of the first instance');
    expect(await manager.executePlugin(id)).not.toBe(pid);
    expect(status(id)).toMatchObject({ restarts: 0, problem: undefined });
    expect(await manager.metrics()).toMatch(new RegExp(`endings_total\\{plugin_id="${id}",ending="recycled"\\} \\d`));
  });

  test('that holds too much memory is replaced', onlyOnLinux('memory is read from /proc'), async () => {
    const pid = await manager.executePlugin('grows', { bytes: 150_000_000 }, { action: 'grow' });
    await until(() => status('grows').instances.every((instance) => instance.pid !== pid), 'the end of the instance');
    expect(await manager.executePlugin('grows')).not.toBe(pid);
  });
});

describe('a call that was lost with its instance', () => {
  test('is sent again when its action is idempotent', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'bulkhead-pool-'));
    try {
      const input = { file: join(folder, 'flag') };
      expect(await manager.executePlugin('one', input, { action: 'die_unless' })).toBe('second time lucky');
      expect(await manager.metrics()).toMatch(/bulkhead_call_retries_total\{plugin_id="one",action="die_unless"\} 1/);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test('is sent again once, not more', async () => {
    await expect(manager.executePlugin('one', null, { action: 'die' })).rejects.toMatchObject({
      code: 'PLUGIN_CRASHED',
      context: { instance: { generation: 2 } },
    });
  });

  test('costs nothing to those that wait until it has ended', async () => {
    await manager.startPlugin('one');
    const stubborn = manager.executePlugin('one', null, { action: 'hold_on_regardless', timeout: 100 });
    const waiting = manager.executePlugin('one');
    await expect(stubborn).rejects.toMatchObject({ code: 'CALL_TIMEOUT' });
    expect(await waiting).toBe(status('one').instances[0]?.pid);
    expect(status('one').instances).toMatchObject([{ generation: 2 }]);
  });
});

test('an instance that dies in its last call has died, and was not stopped', async () => {
  await manager.executePlugin('recycled', null, { action: 'look' });
  await manager.executePlugin('recycled', null, { action: 'look' });
  await expect(manager.executePlugin('recycled', null, { action: 'die' })).rejects.toMatchObject({
    code: 'PLUGIN_CRASHED',
  });
});

test('a call that is given up behind an older one costs that one nothing', async () => {
  const controller = new AbortController();
  const sendBoth = (times: number) => ({
    older: manager.executePlugin('one', { times }, { action: 'chat' }),
    behind: manager.executePlugin('one', null, { action: 'look', signal: controller.signal }),
    isAhead: inFlight('one')[0] === 2, // sent, not waiting in the host
  });
  const sendAhead = async () => {
    // Only what is known to be quick is sent ahead; on a busy machine that takes some learning. A chat that sleeps is forgotten
    // slowly, so it is not begun before two short calls show that it is time.
    for (const times of [0, 20]) {
      const both = sendBoth(times);
      if (both.isAhead && times > 0) return both;
      await Promise.all([both.older, both.behind]);
      if (!both.isAhead) return undefined;
    }
    return undefined;
  };
  const { older, behind } = await until(sendAhead, 'a call that is sent ahead');
  controller.abort();
  await expect(behind).rejects.toMatchObject({ code: 'CALL_CANCELLED' });
  expect(await older).toBe(20); // four times as long as a cancelled call is put up with
  expect(await manager.executePlugin('one', null, { action: 'look' })).toBe('seen');
  expect(status('one').instances[0]?.generation).toBe(1);
});

test('a plugin that only ever dies is left alone, until it is reset', async () => {
  const dies = (): Promise<unknown> => manager.executePlugin('dies', { status: 1 }, { action: 'by_exit' });
  await until(async () => {
    const { code } = (await dies().catch((error: unknown) => error)) as { code: string };
    return code === 'PLUGIN_BROKEN';
  }, 'the breaker');
  expect(status('dies')).toMatchObject({ state: 'broken', restarts: 7 });
  manager.resetPlugin('dies');
  expect(await manager.executePlugin('dies')).toBe('alive');
  expect(status('dies').state).toBe('ready');
});

function held(id: string): { end(): void; readonly over: Promise<unknown> } {
  const controller = new AbortController();
  const call = manager.executePlugin(id, null, { action: 'hold', signal: controller.signal });
  return { end: () => controller.abort(), over: call.catch(() => {}) };
}

function inFlight(id: string): number[] {
  return status(id).instances.map((instance) => instance.inFlight);
}

function status(id: string): PluginStatus {
  const found = manager.plugins().find((plugin) => plugin.id === id);
  if (found === undefined) throw new Error(`there is no plugin ${id}`);
  return found;
}
