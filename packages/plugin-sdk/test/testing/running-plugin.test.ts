import { fileURLToPath } from 'node:url';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, expectTypeOf, test, vi } from 'vitest';
import { definePlugin, RemoteError, Veto } from '../../src/index.ts';
import {
  type AnswerStream,
  CallFailed,
  FakeHost,
  type RunningPlugin,
  startPlugin,
  startProcess,
  type StartOptions,
} from '../../src/testing.ts';

const FILE = fileURLToPath(new URL('plugins/words.mjs', import.meta.url));

const ways: readonly (readonly [string, (options?: StartOptions) => Promise<RunningPlugin>])[] = [
  [
    'in memory',
    async (options) => {
      const words = (await import(FILE)) as { default: Parameters<typeof startPlugin>[0] };
      return await startPlugin(words.default, options);
    },
  ],
  ['in a process', async (options) => await startProcess({ file: FILE }, options)],
];

async function failed(call: Promise<unknown>): Promise<CallFailed> {
  const error: unknown = await call.then(
    (value) => value,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(CallFailed);
  return error as CallFailed;
}

async function gather(stream: unknown): Promise<unknown[]> {
  const chunks: unknown[] = [];
  for await (const chunk of stream as AnswerStream) chunks.push(chunk);
  return chunks;
}

describe.each(ways)('a plugin %s', (way, start) => {
  test('is called with its configuration, ends with its cleanup, and says what it is', async () => {
    const host = new FakeHost();
    const plugin = await start({ host, config: { greeting: 'Servus' } });
    const bytes = new Uint8Array(100_000).fill(7);
    const answer = (await plugin.call('execute', { name: 'Ada', bytes })) as { said: string; bytes: Uint8Array };
    expect(answer.said).toBe('Servus, Ada!');
    expect(Buffer.compare(answer.bytes, bytes)).toBe(0);
    expect(plugin.description).toMatchObject({
      metadata: { id: 'tested', flavour: 'tested' },
      actions: { letters: { stream: true } },
    });
    expect((await plugin.call('process')) === process.pid).toBe(way === 'in memory');
    await plugin.close();
    await plugin.close();
    expect(host.log.map(({ message }) => message)).toEqual(['ready to greet', 'cleaned up']);
  });

  test('fails as its callers are told', async () => {
    await using plugin = await start();
    expect(await failed(plugin.call('fails'))).toMatchObject({
      code: 'PLUGIN_RAISED',
      message: 'not today',
      type: 'RangeError',
      data: { shelf: 7 },
      traceback: expect.stringContaining('words.mjs') as unknown,
      cause: { message: 'the reason' },
    });
    expect(await failed(plugin.call('unsendable'))).toMatchObject({ code: 'RESULT_NOT_ENCODABLE' });
    expect(await failed(plugin.call('nothing'))).toMatchObject({ code: 'ACTION_UNKNOWN' });
    expect(await failed(start({ config: { fails: true } }))).toMatchObject({
      code: 'PLUGIN_INITIALIZE_FAILED',
      message: 'not with this configuration',
    });
  });

  test('streams, both ways', async () => {
    await using plugin = await start();
    const stream = (await plugin.call('letters', 'a word of more than sixteen letters')) as AnswerStream<string>;
    expect((await gather(stream)).join('')).toBe('a word of more than sixteen letters');
    expect(stream.returned).toBe(35);
    const parts = async function* (): AsyncGenerator<number> {
      for (let part = 0; part < 40; part += 1) yield part;
    };
    const joined = await plugin.call('joins', { parts: parts(), between: '-' });
    expect(joined).toBe(Array.from({ length: 40 }, (_, part) => part).join('-'));
    const left = (await plugin.call('letters', 'left early')) as AnswerStream<string>;
    for await (const letter of left) if (letter === 'f') break;
    expect(await left.next()).toEqual({ done: true, value: undefined });
  });

  test('asks a host that the test plays', async () => {
    const SPAN = '00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01';
    const host = new FakeHost();
    await using plugin = await start({ host });
    host.answer('other', (input: unknown) => `${String(input)}!`, 'shout');
    expect(await plugin.call('asks', { plugin: 'other', input: 'hey', traceparent: SPAN })).toBe('hey!');
    expect(host.calls).toEqual([{ plugin: 'other', action: 'shout', input: 'hey', timeout: 1_000, traceparent: SPAN }]);
    expect(host.locks).toEqual([{ name: 'printer', options: { timeout: 100 }, isReleased: true }]);
    // it comes by the channel that nothing waits on
    await vi.waitFor(() => expect(host.progress).toEqual([{ fraction: 0.5 }]));
    host.answer('other', new RemoteError('PLUGIN_CRASHED', 'it is gone'), 'shout');
    expect(await failed(plugin.call('asks', { plugin: 'other' }))).toMatchObject({ message: 'it is gone' });
    expect(await failed(plugin.call('asks', { plugin: 'unknown' }))).toMatchObject({
      message: expect.stringContaining('no answer for unknown.shout') as unknown,
    });
    host.withhold('printer');
    expect(await failed(plugin.call('asks', { plugin: 'other' }))).toMatchObject({
      message: expect.stringContaining('held by others') as unknown,
    });
  });

  test('is cancelled, by a signal or when its time is over', async () => {
    await using plugin = await start();
    const controller = new AbortController();
    const waiting = failed(plugin.call('waits', null, { signal: controller.signal }));
    await turn();
    controller.abort();
    expect(await waiting).toMatchObject({ code: 'CALL_CANCELLED' });
    expect(await failed(plugin.call('waits', null, { timeout: 1 }))).toMatchObject({ code: 'CALL_CANCELLED' });
  });

  test('has its hooks run by priority', async () => {
    await using plugin = await start();
    expect(await plugin.hook('pre_process', { seen: [] })).toEqual({ seen: ['first', 'last'] });
    await expect(plugin.hook('pre_process', { seen: [], forbidden: true })).rejects.toThrow(
      new Veto('it is forbidden'),
    );
  });
});

test('a process that ends fails the call, with what it has written', async () => {
  const plugin = await startProcess({ file: FILE });
  expect(await failed(plugin.call('exits'))).toMatchObject({
    code: 'PLUGIN_CRASHED',
    message: expect.stringContaining('status 3') as unknown,
  });
  await plugin.close();
  const missing = await failed(startProcess({ file: FILE.replace('words', 'no-such-file') }));
  expect(missing).toMatchObject({ code: 'PLUGIN_IMPORT_FAILED' });
});

test('calls have the types of the actions', async () => {
  await using plugin = await startPlugin(
    definePlugin({
      actions: {
        length: (word: string) => word.length,
        async *letters(word: string) {
          yield* word;
        },
      },
    }),
  );
  expectTypeOf(await plugin.call('length', 'four')).toEqualTypeOf<number>();
  expectTypeOf(await plugin.call('letters', 'four')).toEqualTypeOf<AnswerStream<string>>();
  // @ts-expect-error it takes text
  expect(await plugin.call('length', [1, 2])).toBe(2);
});
