import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { BulkheadError } from '../../src/errors/bulkhead-error.ts';
import { PluginManager } from '../../src/manager/plugin-manager.ts';
import type { InstanceStatus } from '../../src/manager/plugin-status.ts';
import type { PluginStream } from '../../src/session/plugin-stream.ts';
import { fixture, observed, startedBy } from '../test-home.ts';
import { untilHolds } from '../until.ts';
import { OVER_ZEROMQ } from '../wires.ts';

let manager: PluginManager;
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bulkhead-concurrency-'));
});

afterEach(async () => {
  await manager.close();
  await rm(folder, { recursive: true });
});

describe.each(['spawn', 'fork', OVER_ZEROMQ] as const)(
  'several calls at once in an instance started by %s',
  (start) => {
    let registry: string;

    beforeEach(async () => {
      registry = await startedBy(start, 'concurrency.yaml');
      manager = await PluginManager.open(registry, observed().options);
    });

    afterEach(async () => {
      await rm(dirname(registry), { recursive: true });
    });

    test.each(['meet', 'meet_async'])('%s: each is answered by its own answer', async (action) => {
      const calls = [0, 1, 2, 3].map((value) => manager.executePlugin('four', { value }, { action }));
      expect(await Promise.all(calls)).toEqual([0, 1, 2, 3]);
      expect(instances('four')).toMatchObject([{ concurrency: 4, calls: 4, state: 'idle' }]);
    });
  },
);

describe('several calls at once', () => {
  beforeEach(async () => {
    manager = await PluginManager.open(fixture('concurrency.yaml'), observed().options);
  });

  test('no more than were asked for, and those beyond wait on the host', async () => {
    const slow = ['sleep_async', 'sleep_async', 'sleep_async', 'sleep_async'].map((action) => held('four', action));
    await inFlight('four', 4);
    const waiting = manager.executePlugin('four', 1);
    expect(manager.plugins().find(({ id }) => id === 'four')).toMatchObject({
      waiting: 1,
      instances: [{ inFlight: 4, state: 'busy' }],
    });
    slow[2]?.end();
    expect(await waiting).toEqual([1, instances('four')[0]?.pid]);
    for (const call of slow) call.end();
    await Promise.all(slow.map(({ over }) => over));
    expect(instances('four')).toMatchObject([{ generation: 1 }]);
  });

  test('fill one instance before another is started, and the emptier one first', async () => {
    const first = [held('two_by_two', 'sleep_async'), held('two_by_two', 'sleep_async')];
    await inFlight('two_by_two', 2);
    expect(instances('two_by_two')).toHaveLength(1);
    const [[, pid]] = (await Promise.all([
      manager.executePlugin('two_by_two', null),
      manager.executePlugin('two_by_two', null),
    ])) as [[null, number], unknown];
    expect(instances('two_by_two').map((instance) => instance.pid)).toEqual([expect.any(Number), pid]);
    for (const call of first) call.end();
    await Promise.all(first.map(({ over }) => over));
  });

  test.each(['spin', 'sleep_async'])('one that is cancelled (%s) ends without its neighbours', async (action) => {
    const [unwanted, neighbour] = [held('four', action), found('there')];
    await inFlight('four', 2);
    unwanted.end();
    expect(await unwanted.over).toBe('CALL_CANCELLED');
    await writeFile(join(folder, 'there'), '');
    expect(await neighbour).toBe('found');
    expect(instances('four')).toMatchObject([{ generation: 1 }]);
  });

  test('one that does not let go costs the instance: idempotent neighbours are sent again, others are told why', async () => {
    const [neighbour, again] = [held('four', 'sleep_async'), found('there')];
    const begun = join(folder, 'begun');
    const stubborn = held('four', 'sleep_behind', { file: begun });
    await untilHolds(() => expect(existsSync(begun)).toBe(true));
    await inFlight('four', 3);
    stubborn.end();
    expect(await stubborn.over).toBe('CALL_CANCELLED');
    expect(await neighbour.over).toBe('PLUGIN_REPLACED');
    await writeFile(join(folder, 'there'), '');
    expect(await again).toBe('found');
    expect(instances('four')).toMatchObject([{ generation: 2 }]);
  });

  test('all are told when the plugin dies, and those that wait go to the next', async () => {
    const calls = [held('four', 'sleep_async'), held('four', 'sleep'), held('four', 'sleep')];
    await inFlight('four', 3);
    const fatal = held('four', 'die');
    const waiting = Array.from({ length: 10 }, (_, index) => manager.executePlugin('four', index));
    expect(await Promise.all([...calls, fatal].map(({ over }) => over))).toEqual(Array(4).fill('PLUGIN_CRASHED'));
    const answers = (await Promise.all(waiting)) as [number, number][];
    expect(answers.map(([value]) => value)).toEqual(Array.from({ length: 10 }, (_, index) => index));
    expect(await manager.executePlugin('four', 'alive')).toMatchObject(['alive', expect.any(Number)]);
  });

  test('streams go on beside calls, and are left without them', async () => {
    const stream = (await manager.executePlugin('four', { to: 1_000 }, { action: 'count' })) as PluginStream;
    const numbers: unknown[] = [];
    for await (const number of stream) {
      numbers.push(number);
      if (numbers.length === 40) expect(await manager.executePlugin('four', 'beside')).toContain('beside');
      if (numbers.length === 50) break;
    }
    expect(numbers).toEqual(Array.from({ length: 50 }, (_, index) => index));
    await inFlight('four', 0);
  });

  test('a recycled instance finishes them all', async () => {
    const calls = ['a', 'b', 'c'].map((name) => found(name, 'recycled'));
    await untilHolds(() => expect(instances('recycled')[0]).toMatchObject({ inFlight: 3, state: 'leaving' }));
    for (const name of ['c', 'b', 'a']) await writeFile(join(folder, name), '');
    expect(await Promise.all(calls)).toEqual(['found', 'found', 'found']);
    expect(await manager.executePlugin('recycled', null)).toBeDefined();
    expect(instances('recycled').at(-1)).toMatchObject({ generation: 2 });
  });

  test('an instance that nobody calls any more is unloaded', async () => {
    await Promise.all([0, 1, 2, 3].map((value) => manager.executePlugin('unloaded', { value }, { action: 'meet' })));
    await untilHolds(() => expect(instances('unloaded')).toEqual([]));
  });

  test('those that run when the manager is closed are finished within its time', async () => {
    const calls = ['a', 'b'].map((name) => found(name));
    await inFlight('four', 2);
    const closed = manager.close();
    await writeFile(join(folder, 'a'), '');
    await writeFile(join(folder, 'b'), '');
    expect(await Promise.all(calls)).toEqual(['found', 'found']);
    await closed;
  });

  test('many short ones, many at a time, are each answered by their own answer', async () => {
    const values = Array.from({ length: 3_000 }, (_, index) => index);
    const answers = (await Promise.all(values.map((value) => manager.executePlugin('four', value)))) as number[][];
    expect(answers.map(([value]) => value)).toEqual(values);
  });
});

function held(id: string, action: string, input?: unknown): { end(): void; readonly over: Promise<unknown> } {
  const controller = new AbortController();
  const call = manager.executePlugin(id, input, { action, signal: controller.signal });
  return { end: () => controller.abort(), over: call.catch((error: BulkheadError) => error.code) };
}

function found(name: string, id = 'four'): Promise<unknown> {
  return manager.executePlugin(id, { file: join(folder, name) }, { action: 'wait_for_file' });
}

/** There is no event for what a status says. */
async function inFlight(id: string, count: number): Promise<void> {
  await untilHolds(() => expect(instances(id)[0]?.inFlight).toBe(count));
}

function instances(id: string): readonly InstanceStatus[] {
  return manager.plugins().find((plugin) => plugin.id === id)?.instances ?? [];
}
