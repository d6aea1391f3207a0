import { encode, Kind } from '@bulkhead/protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PluginManager } from '../../src/index.ts';
import { fixture, TEST_HOME } from '../test-home.ts';

const DATA = 3;
const CONTROL = 4;

let manager: PluginManager;

beforeAll(async () => {
  manager = await PluginManager.open(fixture('broken-wire.yaml'), { home: TEST_HOME });
});

afterAll(async () => {
  await manager.close();
});

function breakIt(action: string, input: unknown, plugin = 'wire'): Promise<unknown> {
  return manager.executePlugin(plugin, input, { action });
}

function frame(...message: unknown[]): Buffer {
  const payload = Buffer.from(encode(message));
  const head = Buffer.alloc(4);
  head.writeUInt32LE(payload.length);
  return Buffer.concat([head, payload]);
}

describe('a plugin that closes its connection hears that it did so', () => {
  test.each<[string, string, unknown, string]>([
    ['its data channel', 'close', { descriptors: [DATA] }, 'data channel'],
    ['what it sends on data', 'half_close', { descriptor: DATA }, 'data channel'],
  ])('when it closes %s', async (_, action, input, channel) => {
    await expect(breakIt(action, input)).rejects.toMatchObject({
      code: 'PLUGIN_DISCONNECTED',
      // The plugin ends itself then. Its exit may be known before the host sees which channel it closed.
      message: expect.stringMatching(`closed its (${channel}|connection to the host)`) as string,
    });
    expect(await manager.executePlugin('wire', null)).toBe('as it should');
  });
});

test.each([
  ['what it sends on control', 'half_close', { descriptor: CONTROL }],
  ['everything', 'close_all', {}],
])('a plugin that closes %s hears so, even if it ends before its host has seen which', async (_, action, input) => {
  await expect(breakIt(action, input)).rejects.toMatchObject({
    code: 'PLUGIN_DISCONNECTED',
    message: expect.stringMatching(/closed its (data channel|control channel|connection to the host)/) as string,
  });
});

test('what follows a violation in the same breath is not listened to', async () => {
  const said: unknown[] = [];
  const data = Buffer.concat([frame(99, 1), frame(Kind.Progress, 1, { message: 'still here' })]);
  await expect(
    manager.executePlugin(
      'wire',
      { descriptor: CONTROL, data },
      { action: 'write', onProgress: (it) => said.push(it) },
    ),
  ).rejects.toMatchObject({ code: 'PROTOCOL_VIOLATION' });
  expect(said).toEqual([]);
});

test.each([
  ['an answer on control', CONTROL, frame(Kind.Result, 1, 'mine')],
  ['a report on data', DATA, frame(Kind.Progress, 1, {})],
  ['an empty frame', DATA, Buffer.alloc(4)],
  [
    'credit for an input that is no stream',
    DATA,
    Buffer.concat(Array.from({ length: 50 }, (_, id) => frame(Kind.InputCredit, id, 0, 1))),
  ],
  ['debugging that it was not asked for', CONTROL, frame(Kind.Debugging, 1, { attached: true })],
])('%s breaks the protocol', async (_, descriptor, data) => {
  await manager.reload('wire'); // forgives the instances before
  await expect(breakIt('write', { descriptor, data })).rejects.toMatchObject({ code: 'PROTOCOL_VIOLATION' });
});

test('one that lies and then holds its interpreter ends neither its host nor a neighbour', async () => {
  const input = new Uint8Array(16 * 1024 * 1024); // more than a socket takes
  const outcome = (call: Promise<unknown>): Promise<string> =>
    call.then(
      () => 'answered',
      (error: { code: string }) => error.code,
    );
  const calls = Array.from({ length: 4 }, () => outcome(breakIt('lie_and_hold_the_interpreter', input, 'held')));
  await manager.reload('wire');
  const controller = new AbortController();
  const aborted = outcome(manager.executePlugin('held', input, { signal: controller.signal }));
  const neighbour = manager.executePlugin('wire', null);
  controller.abort();
  const [first, ...others] = await Promise.all([...calls, aborted]);
  expect(first).toBe('PROTOCOL_VIOLATION');
  expect(others.every((code) => code !== 'answered' && code !== undefined)).toBe(true);
  expect(await neighbour).toBe('as it should');
  expect(await manager.executePlugin('held', null)).toBe('as it should');
});

test('a neighbour is answered while a plugin floods its host', async () => {
  const late = frame(Kind.Result, 123_456, null); // of a call that nobody made
  const flood = breakIt('flood', { descriptor: DATA, frame: late, count: 1_000_000 });
  let isOver = false;
  const over = flood.finally(() => (isOver = true));
  let answers = 0;
  while (!isOver) {
    expect(await manager.executePlugin('neighbour', answers)).toBe(answers);
    answers += 1;
  }
  await over;
  expect(answers).toBeGreaterThan(1);
});
