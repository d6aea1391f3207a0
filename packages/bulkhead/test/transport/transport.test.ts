import { Kind, type HostMessage, type PluginMessage } from '@bulkhead/protocol';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { FrameRefusal } from '../../src/transport/transport.ts';
import { factories, LIMITS, type Pair } from './pairs.ts';

describe.each(factories)('$name transport', ({ create }) => {
  let pair: Pair & { cleanUp(): Promise<void> };
  let received: Inbox<PluginMessage>;
  let refusals: Inbox<FrameRefusal>;
  let atPlugin: Inbox<HostMessage>;
  let onMessage: () => void;

  beforeEach(async () => {
    pair = await create();
    received = new Inbox();
    refusals = new Inbox();
    atPlugin = new Inbox();
    pair.peer.receive = (message) => atPlugin.put(message);
    onMessage = () => {};
    pair.transport.open({
      message: (message) => {
        received.put(message);
        onMessage();
      },
      refused: (refusal) => refusals.put(refusal),
    });
  });

  afterEach(async () => {
    await pair.cleanUp();
  });

  test('carries messages both ways, in order', async () => {
    for (let id = 1; id <= 100; id += 1) pair.transport.send([Kind.Call, id, 'execute', { id }]);
    expect((await atPlugin.take(100)).map(([, id]) => id)).toEqual(
      Array.from({ length: 100 }, (_, index) => index + 1),
    );
    pair.peer.send([Kind.Result, 1, { ok: true }]);
    pair.peer.send([Kind.Result, 2, 'two']);
    expect(await received.take(2)).toEqual([
      [Kind.Result, 1, { ok: true }],
      [Kind.Result, 2, 'two'],
    ]);
  });

  test('carries control messages beside data', async () => {
    pair.transport.send([Kind.Ping, 7]);
    expect(await atPlugin.take(1)).toEqual([[Kind.Ping, 7]]);
    pair.peer.send([Kind.Pong, 7]);
    expect(await received.take(1)).toEqual([[Kind.Pong, 7]]);
  });

  test('carries large binary values as bodies, once they are agreed on, and small ones behind them', async () => {
    pair.transport.useBodies(true);
    const large = new Uint8Array(3_000_000).fill(7);
    pair.transport.send([Kind.Call, 1, 'execute', { large, also: new Float64Array(20_000).fill(0.5) }]);
    pair.transport.send([Kind.Call, 2, 'execute', 'small']);
    const [first, second] = await atPlugin.take(2);
    const input = first?.[3 as never] as unknown as { large: Uint8Array; also: Float64Array };
    expect(Buffer.compare(input.large, large)).toBe(0);
    expect(input.also).toEqual(new Float64Array(20_000).fill(0.5));
    expect(second).toEqual([Kind.Call, 2, 'execute', 'small']);
  });

  test('takes bodies in, each into memory of its own, and small messages before and behind them', async () => {
    const large = Uint8Array.from({ length: 300_000 }, (_, index) => index % 251);
    for (let id = 1; id <= 30; id += 3) {
      pair.peer.send([Kind.Result, id, 'before']);
      pair.peer.send([Kind.Result, id + 1, { large, also: new Float64Array(20_000).fill(id) }]);
      pair.peer.send([Kind.Result, id + 2, new Uint8Array(0)]);
    }
    const messages = await received.take(30);
    expect(messages.map(([, id]) => id)).toEqual(Array.from({ length: 30 }, (_, index) => index + 1));
    const values = messages.filter((_, index) => index % 3 === 1).map(([, , value]) => value) as unknown as {
      large: Uint8Array;
      also: Float64Array;
    }[];
    for (const [index, value] of values.entries()) {
      expect(Buffer.compare(value.large, large)).toBe(0);
      expect(value.also).toEqual(new Float64Array(20_000).fill(1 + index * 3));
    }
    expect(new Set(values.flatMap((value) => [value.large.buffer, value.also.buffer])).size).toBe(20);
  });

  test('refuses what cannot be encoded, and sends nothing of it', async () => {
    expect(() => pair.transport.send([Kind.Call, 1, 'execute', { rows: [new Set([1])] }])).toThrow(
      /\$\[3\]\.rows\[0\]/,
    );
    pair.transport.send([Kind.Call, 2, 'execute', null]);
    expect(await atPlugin.take(1)).toEqual([[Kind.Call, 2, 'execute', null]]);
  });

  test('refuses a message over the limit, and stays usable', async () => {
    expect(() => pair.transport.send([Kind.Call, 1, 'execute', 'x'.repeat(LIMITS.frame)])).toThrow(
      String(LIMITS.frame),
    );
    pair.transport.send([Kind.Call, 2, 'execute', null]);
    expect((await atPlugin.take(1))[0]?.[1]).toBe(2);
  });

  test('skips a malformed frame, says which call it was of, and stays in step', async () => {
    // [5, 9, <reserved byte>]
    pair.peer.sendRaw('data', Uint8Array.of(4, 0, 0, 0, 0x93, 5, 9, 0xc1));
    pair.peer.send([Kind.Result, 10, 'fine']);
    expect(await refusals.take(1)).toMatchObject([{ kind: 5, id: 9, fatal: false }]);
    expect(await received.take(1)).toEqual([[Kind.Result, 10, 'fine']]);
  });

  test('refuses a frame of too many values, and stays in step', async () => {
    pair.transport.greeted();
    pair.peer.send([Kind.Result, 1, new Array(LIMITS.values).fill(null)]);
    pair.peer.send([Kind.Result, 2, 'fine']);
    const [refusal] = await refusals.take(1);
    expect(refusal).toMatchObject({ kind: Kind.Result, id: 1, fatal: false, error: { maximum: LIMITS.values } });
    expect(await received.take(1)).toEqual([[Kind.Result, 2, 'fine']]);
  });

  test('says that the peer has closed it, and drops what is sent then', async () => {
    pair.peer.close();
    expect((await pair.transport.closed).by).toBe('peer');
    expect(pair.transport.send([Kind.Ping, 1])).toBe(0);
    expect(pair.transport.send([Kind.Call, 1, 'execute', null])).toBe(0);
    await pair.transport.writable;
  });

  test('can be closed from here, twice', async () => {
    await pair.transport[Symbol.asyncDispose]();
    await pair.transport[Symbol.asyncDispose]();
    expect((await pair.transport.closed).by).toBe('local');
    expect(pair.transport.send([Kind.Ping, 1])).toBe(0);
    expect(pair.transport.send([Kind.Call, 1, 'execute', null])).toBe(0);
  });

  test('delivers nothing once it is being closed, not even the rest of a chunk', async () => {
    const closing = new Promise<void>((resolve) => {
      onMessage = () => resolve(pair.transport[Symbol.asyncDispose]());
    });
    const frames = [1, 2, 3].map((id) => Uint8Array.of(4, 0, 0, 0, 0x93, 5, id, 0xc0));
    pair.peer.sendRaw('data', Buffer.concat(frames));
    await closing;
    expect(received.items).toEqual([[Kind.Result, 1, null]]);
  });
});

/** What arrived; `take` waits for it. */
class Inbox<Item> {
  readonly items: Item[] = [];
  #wake: () => void = () => {};

  put(item: Item): void {
    this.items.push(item);
    this.#wake();
  }

  async take(count: number): Promise<Item[]> {
    while (this.items.length < count) await new Promise<void>((resolve) => (this.#wake = resolve));
    return this.items.splice(0, count);
  }
}
