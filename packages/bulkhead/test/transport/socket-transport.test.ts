import { once } from 'node:events';
import { GREETING_VALUES, Kind, type PluginMessage } from '@bulkhead/protocol';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { FrameRefusal } from '../../src/transport/transport.ts';
import { transportFor } from '../../src/transport/transport-for.ts';
import { onlyOnLinux } from '../not-run.ts';
import { until } from '../until.ts';
import { createSocketPair, LIMITS, type SocketPairs } from './pairs.ts';

/** As in socket-transport.ts. */
const TOGETHER_MILLISECONDS = 200;

let pair: SocketPairs;
let received: PluginMessage[];
let refusals: FrameRefusal[];
let onMessage: (message: PluginMessage) => void;

beforeEach(async () => {
  pair = await createSocketPair();
  received = [];
  refusals = [];
  onMessage = () => {};
  pair.transport.open({
    message: (message) => {
      received.push(message);
      onMessage(message);
    },
    refused: (refusal) => refusals.push(refusal),
  });
});

afterEach(async () => {
  await pair.cleanUp();
});

/** `count` times `[5, id, nil]`, in one piece. */
function results(count: number): Uint8Array {
  return Buffer.concat(Array.from({ length: count }, (_, id) => Uint8Array.of(4, 0, 0, 0, 0x93, 5, id & 127, 0xc0)));
}

test(
  'data is read straight into the memory of bodies where the system allows it, control is not',
  onlyOnLinux('sockets have descriptors to move'),
  () => {
    expect(pair.near?.data.destroyed).toBe(true);
    expect(pair.near?.control.destroyed).toBe(false);
  },
);

test('what a peer sends in between takes no turn from others: reading is not paused for it', async () => {
  // a clock of its own: a busy machine may stop the test in the middle of a turn
  let clock = 0;
  using _ = vi.spyOn(performance, 'now').mockImplementation(() => clock);
  const pauses: boolean[] = [];
  onMessage = () => queueMicrotask(() => pauses.push(pair.near?.control.isPaused() === true));
  for (let id = 1; id <= 3; id += 1) {
    clock += 1_000;
    pair.peer.send([Kind.Pong, id]);
    await until(() => pauses.length === id, `PONG ${id}`);
  }
  expect(pauses).toEqual([false, false, false]);
});

test('a message of a plugin that is not ready yet may hold fewer values than one of a plugin that is', async () => {
  const many = new Array<null>(GREETING_VALUES).fill(null);
  pair.peer.send([Kind.Ready, 0, many as never]);
  await until(() => refusals.length > 0, 'the refusal');
  expect(refusals).toMatchObject([{ fatal: false, error: { reason: 'too_many_values', maximum: GREETING_VALUES } }]);
  pair.transport.greeted();
  pair.peer.send([Kind.Result, 1, many]);
  await until(() => received.length > 0, 'the answer');
  expect(received).toEqual([[Kind.Result, 1, many]]);
});

describe('a peer that does not read', () => {
  beforeEach(() => {
    pair.ends.data.pause();
    for (let id = 1; id <= 8; id += 1) pair.transport.send([Kind.Call, id, 'execute', 'x'.repeat(1_000_000)]);
  });

  test('makes senders wait, until it reads', async () => {
    let isWritable = false;
    await new Promise(setImmediate); // the batch leaves in this tick
    const writable = pair.transport.writable.then(() => (isWritable = true));
    pair.transport.send([Kind.Ping, 1]);
    await once(pair.ends.control, 'data');
    expect(isWritable).toBe(false);
    pair.ends.data.resume();
    await writable;
  });

  test('gets what was sent first as it was, though more was sent while that waited', async () => {
    const inputs: string[] = [];
    pair.peer.receive = (message) => inputs.push(message[3 as never] as string);
    await new Promise(setImmediate); // the batch leaves in this tick
    for (let id = 9; id <= 16; id += 1) pair.transport.send([Kind.Call, id, 'execute', 'y'.repeat(1_000_000)]);
    await new Promise(setImmediate);
    pair.ends.data.resume();
    await until(() => inputs.length === 16, 'all inputs');
    expect(inputs.map((input) => input[0]).join('')).toBe('xxxxxxxxyyyyyyyy');
    expect(inputs.every((input) => input === input.charAt(0).repeat(1_000_000))).toBe(true);
  });

  test('keeps nobody who closes waiting', async () => {
    await pair.transport[Symbol.asyncDispose]();
    expect((await pair.transport.closed).by).toBe('local');
  });
});

describe('the end of one channel', () => {
  test('of control is the end of both, behind the answers that are on their way', async () => {
    pair.ends.data.allowHalfOpen = true;
    pair.peer.send([Kind.Result, 1, 'first']);
    pair.ends.control.end();
    pair.peer.send([Kind.Result, 2, 'second']);
    await once(pair.ends.data, 'end');
    pair.peer.send([Kind.Result, 3, 'third']);
    pair.ends.data.end();
    expect(await pair.transport.closed).toMatchObject({ by: 'peer', channel: 'control' });
    expect(received.map(([, id]) => id)).toEqual([1, 2, 3]);
  });

  test('is no failure of the host, which may be sending at that moment', async () => {
    pair.near?.control.once('end', () => pair.transport.send([Kind.Ping, 1]));
    pair.ends.control.end();
    expect(await pair.transport.closed).toMatchObject({ by: 'peer', channel: 'control' });
  });

  test('of control is not waited for, where data goes on', async () => {
    pair.ends.data.allowHalfOpen = true;
    pair.ends.control.end();
    expect(await pair.transport.closed).toMatchObject({ by: 'peer', channel: 'control' });
  });

  test('of data may come later, as long as there is more to read', async () => {
    const isControlClosed = once(pair.near?.control ?? pair.ends.control, 'close');
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      pair.ends.control.end();
      await isControlClosed;
      for (let id = 1; id <= 3; id += 1) {
        const isRead = new Promise<PluginMessage>((resolve) => (onMessage = resolve));
        pair.peer.send([Kind.Result, id, null]);
        await isRead;
        await vi.advanceTimersByTimeAsync(TOGETHER_MILLISECONDS);
      }
      pair.ends.data.end();
      expect(await pair.transport.closed).toEqual({ by: 'peer' });
    } finally {
      vi.useRealTimers();
    }
  });

  test('of data is the end of both', async () => {
    const ended = once(pair.ends.control, 'end');
    pair.ends.data.end();
    expect(await pair.transport.closed).toMatchObject({ by: 'peer', channel: 'data' });
    await ended;
  });
});

describe('a flood', () => {
  test('of frames leaves time for others between them, and is delivered to its end', async () => {
    const perTurn: number[] = [0];
    onMessage = () => {
      perTurn[perTurn.length - 1]! += 1;
      for (const end = performance.now() + 0.5; performance.now() < end;); // what a message may cost
    };
    const turn = (): void => {
      perTurn.push(0);
      if (received.length < 400) setImmediate(turn);
    };
    setImmediate(turn);
    pair.ends.data.write(results(400));
    pair.ends.data.end();
    await pair.transport.closed;
    expect(received).toHaveLength(400);
    expect(Math.max(...perTurn)).toBeLessThan(20);
  });

  test('of values that are refused leaves time for others while they are counted', async () => {
    let turns = 0;
    const other = await createSocketPair();
    other.transport.open({
      message: (message) => received.push(message),
      refused: (refusal) => refusals.push(refusal),
    });
    const turn = (): void => {
      turns += 1;
      if (received.length === 0) setImmediate(turn);
    };
    const frame = Buffer.alloc(4 + 8 + LIMITS.frame - 8, 0xc0);
    frame.writeUInt32LE(frame.length - 4, 0);
    frame.set([0x93, 5, 9, 0xdd], 4);
    frame.writeUInt32BE(frame.length - 12, 8);
    other.ends.data.write(frame, () => setImmediate(turn));
    other.peer.send([Kind.Result, 10, 'behind it']);
    await until(() => received.length > 0, 'the message behind the refused one');
    expect(refusals).toMatchObject([{ id: 9, fatal: false, error: { reason: 'too_many_values' } }]);
    expect(received).toEqual([[Kind.Result, 10, 'behind it']]);
    expect(turns).toBeGreaterThan(5);
    await other.cleanUp();
  });
});

test('a message on the wrong channel is a violation and not delivered, one of an unknown kind is', async () => {
  const refusals: unknown[] = [];
  const other = await createSocketPair();
  other.transport.open({
    message: (message) => received.push(message),
    refused: (refusal) => refusals.push(refusal),
  });
  other.ends.control.write(results(1));
  // [99, 1, nil]
  other.ends.control.write(Uint8Array.of(4, 0, 0, 0, 0x93, 99, 1, 0xc0));
  await until(() => received.length > 0, 'the message behind the refused one');
  expect(refusals).toMatchObject([{ kind: Kind.Result, id: 0, fatal: true }]);
  expect(received).toEqual([[99, 1, null]]);
  await other.cleanUp();
});

test('a receiver that throws ends its own connection, and nothing else', async () => {
  const error = new Error('a bug');
  onMessage = () => {
    throw error;
  };
  pair.ends.data.write(results(3));
  expect(await pair.transport.closed).toMatchObject({ by: 'failed', error });
  expect(received).toHaveLength(1);
});

test('an endpoint that no transport takes is refused', () => {
  const spec = { id: 'peer', calls: { limits: LIMITS } };
  const endpoint = { kind: 'address', data: 'tcp://127.0.0.1:1', control: 'tcp://127.0.0.1:2' } as const;
  expect(() => transportFor(endpoint, spec, () => true)).toThrow(
    expect.objectContaining({ code: 'TRANSPORT_UNAVAILABLE', message: expect.stringContaining('tcp://127.0.0.1:1') }),
  );
  const { port1, port2 } = new MessageChannel();
  expect(() => transportFor({ kind: 'message-port', port: port1 as never }, spec, () => true)).toThrow('message-port');
  port2.close();
});
