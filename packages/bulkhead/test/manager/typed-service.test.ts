import { Readable } from 'node:stream';
import { afterEach, describe, expect, test } from 'vitest';
import type { PluginManager } from '../../src/manager/plugin-manager.ts';
import { Opened } from '../opened.ts';
import { until } from '../until.ts';

let opened: Opened | undefined;
let manager: PluginManager;
let lines: Opened['lines'];

afterEach(async () => {
  await opened?.[Symbol.asyncDispose]();
});

async function open(
  fault?: string,
  fields: object = {},
  others: Parameters<typeof Opened.plugins>[0] = {},
): Promise<void> {
  const command = [process.execPath, 'plugin.mjs', ...(fault === undefined ? [] : [fault])];
  const typed = { path: 'typed_service', transport: 'grpc', command, config: { shelf: 7 }, ...fields };
  opened = await Opened.plugins({ typed, ...others });
  ({ manager, lines } = opened);
}

async function call(action: string, input: unknown = null, options: object = {}): Promise<unknown> {
  return await manager.executePlugin('typed', input, { action, ...options });
}

const inFlight = (): number | undefined => manager.plugins()[0]?.instances[0]?.inFlight;

describe('a plugin that serves the typed service', () => {
  test('takes and gives values, is configured, and says what it can do', async () => {
    await open();
    const value = { text: 'häßlich 🎉', list: [1, 2.5, null, true], nested: {} };
    expect(await call('execute', value)).toEqual(value);
    expect(await call('configured')).toEqual({ shelf: 7 });
    expect(await call('asked', null, { timeout: 60_000 })).toEqual([true, true]);
    expect(await manager.describePlugin('typed')).toMatchObject({
      actions: { execute: { description: 'Gives back what it takes.', idempotent: true }, count: { stream: true } },
    });
    const answers = await Promise.all(Array.from({ length: 50 }, (_, index) => call('execute', index)));
    expect(answers).toEqual(Array.from({ length: 50 }, (_, index) => index));
  });

  test('takes all values of the protocol where it asks for MessagePack', async () => {
    await open('msgpack');
    const value = { bytes: new Uint8Array([1, 2]), large: 2n ** 63n - 1n, numbers: new Float32Array([0.5]) };
    expect(await call('execute', value)).toEqual(value);
  });

  test('streams no further than its reader reads, and stops when that does', async () => {
    await open();
    let sum = 0;
    for await (const number of (await call('count', 1_000)) as AsyncIterable<number>) sum += number;
    expect(sum).toBe((999 * 1_000) / 2);
    for await (const number of (await call('endless')) as AsyncIterable<number>) if (number === 100) break;
    await until(() => inFlight() === 0, 'the end of the stream');
    expect(await call('execute', 1)).toBe(1);
  });

  test('is held back by a reader that takes its time, and goes on with it', async () => {
    await open(undefined, { concurrency: 2 });
    const stream = (await call('endless')) as AsyncIterable<number>;
    for (let index = 0; index < 30; index += 1) await call('execute', index);
    let next = 0;
    for await (const number of stream) {
      expect(number).toBe(next++);
      if (next === 200) break;
    }
  });

  test('asks the host for another plugin, logs, and is in the log', async () => {
    await open(undefined, { may_call: ['echo'] }, { echo: {} });
    expect(await call('other', { n: 1 })).toEqual({ n: 1 });
    const progress: unknown[] = [];
    await call('tell', null, { onProgress: (said: unknown) => progress.push(said) });
    await until(() => progress.length > 0, 'progress');
    expect(progress).toEqual([{ fraction: 0.5, message: 'half' }]);
    await manager.close();
    expect(lines).toContainEqual(expect.objectContaining({ plugin: 'typed', msg: 'hello', fields: { size: 5 } }));
    expect(lines).toContainEqual(expect.objectContaining({ plugin: 'typed', msg: 'cleaned up' }));
    expect(lines.filter(({ msg }) => String(msg).includes('by force'))).toEqual([]);
  });

  test('takes streams as its input, whole or at keys, and answers by one value or a stream', async () => {
    await open();
    expect(await call('total', { a: Readable.from([1, 2]), n: 5, b: Readable.from([3]) })).toBe(6);
    expect(await call('places', { a: Readable.from([]), n: 5, b: Readable.from([]) })).toEqual(['a', 'b']);
    expect(await call('places', Readable.from([]))).toEqual([null]);
    const doubled: unknown[] = [];
    for await (const number of (await call('doubled', Readable.from([1, 2, 3]))) as AsyncIterable<number>)
      doubled.push(number);
    expect(doubled).toEqual([2, 4, 6]);
  });

  test('may answer before its input has ended, whose source is closed then', async () => {
    await open();
    const endless = Readable.from(
      (function* () {
        for (;;) yield 7;
      })(),
    );
    expect(await call('first', endless)).toBe(7);
    await until(() => endless.destroyed, 'the end of the source');
    await expect(call('reject', Readable.from([1]))).rejects.toMatchObject({ code: 'INPUT_REJECTED' });
    await expect(call('missing', Readable.from([1]))).rejects.toMatchObject({
      message: expect.stringContaining('without an answer') as string,
    });
  });

  test('is cancelled while it waits for its input', async () => {
    await open();
    const controller = new AbortController();
    const waiting = call('wait', new Readable({ read() {} }), { signal: controller.signal });
    await until(() => inFlight() === 1, 'the call');
    controller.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'CALL_CANCELLED' });
    expect(await call('execute', 1)).toBe(1);
    expect(manager.plugins()[0]?.instances[0]?.generation).toBe(1);
  });

  test('is sent no streams where it has not said that it takes them', async () => {
    await open('no-input');
    await expect(call('total', Readable.from([1]))).rejects.toMatchObject({ code: 'INPUT_STREAM_REFUSED' });
  });

  test('takes part in the events that it names, and may stop a chain', async () => {
    await open(undefined, { hooks: ['tag', 'refused'] });
    const chain = await manager.hooks.explain('tag');
    expect(chain).toMatchObject([
      { hook: 'typed.late', priority: 50, timeout: 5_000, onError: 'skip' },
      { hook: 'typed.early', priority: 10 },
    ]);
    expect(await manager.executeHooks('tag', { marks: [] })).toEqual({ marks: ['late', 'early'] });
    expect(await manager.hooks.run('refused', { marks: [] })).toMatchObject({
      veto: { hook: 'typed.refuses', reason: 'not today' },
    });
  });

  test('holds resources of the host until it lets go of them, or its call ends', async () => {
    await open(undefined, { concurrency: 3 });
    const holders = (): readonly string[] =>
      manager.resources.status().flatMap(({ holders: all }) => all.map(({ owner }) => owner));
    const said: unknown[] = [];
    const lock = async (how: string, signal?: AbortSignal): Promise<unknown> =>
      await call('hold', how, { signal, onProgress: ({ message }: { message?: string }) => said.push(message) });
    const over = new AbortController();
    const held = lock('alone', over.signal);
    await until(() => said.length === 1, 'the lease');
    expect(holders()).toEqual([expect.stringContaining('typed')]);
    expect(await lock('shared')).toBe('RESOURCE_CONFLICT');
    over.abort();
    await expect(held).rejects.toMatchObject({ code: 'CALL_CANCELLED' });
    await until(() => holders().length === 0, 'the end of the lease');
    const briefly = new AbortController();
    const released = lock('briefly', briefly.signal);
    await until(() => said.length === 2 && holders().length === 0, 'the release');
    briefly.abort();
    await expect(released).rejects.toMatchObject({ code: 'CALL_CANCELLED' });
    const shares = new AbortController();
    const shared = [lock('shared', shares.signal), lock('shared', shares.signal)];
    await until(() => holders().length === 2, 'both');
    shares.abort();
    await Promise.allSettled(shared);
  });

  test('answers with no more values than the limit, also in MessagePack', async () => {
    await open('msgpack', { limits: { values: 1_000 } });
    expect(await call('many', 900)).toHaveLength(900);
    await expect(call('many', 1_100)).rejects.toMatchObject({
      code: 'RESULT_TOO_LARGE',
      details: { limit: 'values' },
    });
  });

  test.each([
    ['raise', 'PLUGIN_RAISED', 'out of stock'],
    ['refuse', 'PLUGIN_RAISED', 'the shelf is full'],
    ['reject', 'INPUT_REJECTED', 'text is missing'],
    ['missing', 'ACTION_UNKNOWN', 'missing'],
    ['die', 'PLUGIN_CRASHED', 'SIGKILL'],
  ])('and whose action has to %s is told as %s', async (action, code, said) => {
    await open();
    await expect(call(action)).rejects.toMatchObject({ code, message: expect.stringContaining(said) as string });
  });

  test('can not be sent what its form of values has nothing for, or what is over a limit', async () => {
    await open(undefined, { limits: { frame: '1MB' } });
    await expect(call('execute', { a: [new Uint8Array(1)] })).rejects.toMatchObject({
      code: 'INPUT_NOT_ENCODABLE',
      message: expect.stringContaining('$.a[0]') as string,
    });
    await expect(call('execute', 'x'.repeat(1_100_000))).rejects.toMatchObject({ code: 'INPUT_TOO_LARGE' });
    await expect(call('large', 1_100_000)).rejects.toMatchObject({ code: 'RESULT_TOO_LARGE' });
    expect(await call('large', 10)).toBe('x'.repeat(10));
  });

  test.each([undefined, 'no-cancel'])('ends a call that is cancelled (%s)', async (fault) => {
    await open(fault);
    await manager.startPlugin('typed');
    const controller = new AbortController();
    const waiting = call('wait', null, { signal: controller.signal });
    await until(() => inFlight() === 1, 'the call');
    const behind = call('execute', 2);
    controller.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'CALL_CANCELLED' });
    expect(await behind).toBe(2);
    expect(manager.plugins()[0]?.instances[0]?.generation).toBe(1);
  });
});

describe('a plugin over gRPC that does not keep to the contract:', () => {
  test.each([
    ['old', 'PROTOCOL_MISMATCH', '0 to 0'],
    ['initialize', 'PLUGIN_INITIALIZE_FAILED', 'no model at /models'],
    ['other-service', 'PROTOCOL_MISMATCH', 'the host speaks bulkhead.plugin.v1.Plugin'],
    ['foreign', 'PROTOCOL_VIOLATION', 'no server of gRPC'],
    ['garbage', 'FRAME_REFUSED', 'no bulkhead.plugin.v1.ExecuteResponse'],
  ])('%s', async (fault, code, said) => {
    await open(fault);
    await expect(call('execute')).rejects.toMatchObject({ code, message: expect.stringContaining(said) as string });
  });

  test('one that ends before it serves', async () => {
    await open(undefined, { command: ['sh', '-c', 'echo no licence >&2; exit 3'] });
    await expect(call('execute')).rejects.toMatchObject({ code: 'PLUGIN_EXITED' });
  });
});
