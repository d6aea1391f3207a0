import { FEATURES, type HostMessage, Kind } from '@bulkhead/protocol';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { PluginStream } from '../../src/session/plugin-stream.ts';
import type { MemoryPeer } from '../transport/memory-pair.ts';
import type { Session } from '../../src/session/session.ts';
import { untilHolds } from '../until.ts';
import { call, overEachTransport, sessionWith } from './played-plugin.ts';

const SETTLE = 'answer at once, and forget it';

/** What the host says, and a way to wait for so many messages of it. */
class Heard {
  readonly messages: HostMessage[] = [];
  #listener = (): void => {};

  readonly hear = (message: HostMessage, peer: MemoryPeer): void => {
    if (message[0] === Kind.Call && message[3] === SETTLE) return peer.send([Kind.Result, message[1], null]);
    this.messages.push(message);
    this.#listener();
  };

  async atLeast(count: number): Promise<void> {
    while (this.messages.length < count) await new Promise<void>((resolve) => (this.#listener = resolve));
  }

  of(kind: number): HostMessage[] {
    return this.messages.filter((message) => message[0] === kind);
  }
}

/** Counts, and notes how often it was pulled and how it ended. */
class Source {
  pulled = 0;
  closed = 0;

  async *count(to: number, size = 0): AsyncGenerator<unknown> {
    try {
      for (let number = 0; number < to; number += 1) {
        this.pulled += 1;
        yield size === 0 ? number : new Uint8Array(size).fill(number);
      }
    } finally {
      this.closed += 1;
    }
  }
}

let heard: Heard;
let source: Source;
beforeEach(() => {
  heard = new Heard();
  source = new Source();
});

/** Until both have had what was on its way to them, and the host has done all that it can do without the plugin. */
async function quiet(session: Session): Promise<void> {
  await call(session, SETTLE);
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  await call(session, SETTLE);
}

function credit(peer: MemoryPeer, count: number, stream = 0): void {
  peer.send([Kind.InputCredit, 1, stream, count]);
}

overEachTransport(() => {
  describe('a call with streams', () => {
    test('names their places, leaves these empty, and sends chunks and ends', async () => {
      const { session, peer } = await sessionWith(heard.hear);
      const input = { rows: source.count(2), delimiter: ',', more: new Set(['a']).values() };
      const answer = call(session, input);
      await heard.atLeast(6);
      expect(heard.messages[0]).toEqual([
        Kind.Call,
        1,
        'execute',
        { rows: null, delimiter: ',', more: null },
        null,
        ['rows', 'more'],
      ]);
      expect(heard.messages.filter((message) => message[2] === 0)).toEqual([
        [Kind.InputChunk, 1, 0, 0],
        [Kind.InputChunk, 1, 0, 1],
        [Kind.InputEnd, 1, 0],
      ]);
      expect(heard.messages.filter((message) => message[2] === 1)).toEqual([
        [Kind.InputChunk, 1, 1, 'a'],
        [Kind.InputEnd, 1, 1],
      ]);
      expect(input.delimiter).toBe(',');
      peer.send([Kind.Result, 1, 'done']);
      expect(await answer).toBe('done');
      expect(source.closed).toBe(1);
    });

    test('may be given one as the whole input', async () => {
      const { session } = await sessionWith(heard.hear);
      void call(session, source.count(0));
      await heard.atLeast(2);
      expect(heard.messages).toEqual([
        [Kind.Call, 1, 'execute', null, null, [null]],
        [Kind.InputEnd, 1, 0],
      ]);
    });

    test('takes arrays, typed arrays and text for values, as ever', async () => {
      const { session } = await sessionWith(heard.hear);
      void call(session, { list: [1], numbers: new Float32Array(1), bytes: new Uint8Array(1), text: 'text' });
      await heard.atLeast(1);
      expect(heard.messages[0]).toHaveLength(4);
    });

    test('does not take one deeper in the input, and says where one may stand', async () => {
      const { session } = await sessionWith(heard.hear);
      await expect(call(session, { tables: [{ rows: source.count(1) }] })).rejects.toMatchObject({
        code: 'INPUT_NOT_ENCODABLE',
        message: expect.stringMatching(/AsyncGenerator.*stand at a key of it.*\$\.tables\[0\]\.rows/) as string,
      });
      function* rows() {
        yield 1;
      }
      await expect(call(session, [rows()])).rejects.toThrow(/class Generator.*stand at a key of it.*\$\[0\]/);
    });

    test('is refused by a plugin that knows no streams', async () => {
      const { session } = await sessionWith(
        heard.hear,
        undefined,
        FEATURES.filter((feature) => feature !== 'input_streams'),
      );
      await expect(call(session, source.count(1))).rejects.toMatchObject({ code: 'INPUT_STREAM_REFUSED' });
      expect(heard.messages).toEqual([]);
    });

    test('is refused if it would wait for itself', async () => {
      const { session } = await sessionWith((message, peer) => peer.send([Kind.Stream, message[1]]));
      const stream = (await call(session)) as PluginStream;
      await expect(call(session, { rows: stream })).rejects.toMatchObject({
        code: 'INPUT_STREAM_REFUSED',
        details: { why: 'from the same instance' },
      });
    });
  });

  describe('the window', () => {
    test('of sixteen chunks is kept, and goes on by what is credited', async () => {
      const { session, peer } = await sessionWith(heard.hear);
      void call(session, source.count(100));
      await heard.atLeast(17);
      await quiet(session);
      expect(heard.of(Kind.InputChunk)).toHaveLength(16);
      expect(source.pulled).toBe(16);
      credit(peer, 3);
      await heard.atLeast(20);
      await quiet(session);
      expect(heard.of(Kind.InputChunk).at(-1)).toEqual([Kind.InputChunk, 1, 0, 18]);
      expect(source.pulled).toBe(19);
    });

    test.each([
      { size: 100_000, ahead: 11 },
      { size: 3_000_000, ahead: 1 },
    ])('of a mebibyte is kept by chunks of $size bytes', async ({ size, ahead }) => {
      const { session, peer } = await sessionWith(heard.hear);
      void call(session, source.count(100, size));
      await heard.atLeast(1 + ahead);
      await quiet(session);
      expect(source.pulled).toBe(ahead);
      credit(peer, 1);
      await heard.atLeast(2 + ahead);
      await quiet(session);
      expect(source.pulled).toBe(ahead + 1);
    });

    test('of one stream is not that of another', async () => {
      const { session, peer } = await sessionWith(heard.hear);
      const other = new Source();
      void call(session, { one: source.count(100), other: other.count(100) });
      await heard.atLeast(33);
      credit(peer, 16, 1);
      await heard.atLeast(49);
      await quiet(session);
      expect([source.pulled, other.pulled]).toEqual([16, 32]);
    });
  });

  describe('the source is closed', () => {
    let session: Session;
    let peer: MemoryPeer;
    let answer: Promise<unknown>;

    async function begin(input: unknown): Promise<void> {
      ({ session, peer } = await sessionWith(heard.hear));
      answer = call(session, input);
      answer.catch(() => {});
      await heard.atLeast(17);
    }

    afterEach(async () => {
      await untilHolds(() => expect(source.closed).toBe(1));
    });

    test('when the plugin answers before its end', async () => {
      await begin(source.count(100));
      peer.send([Kind.Result, 1, 'enough']);
      expect(await answer).toBe('enough');
    });

    test('when the plugin fails', async () => {
      await begin(source.count(100));
      peer.send([Kind.Failure, 1, { code: 'PLUGIN_RAISED', message: 'no' }]);
      await expect(answer).rejects.toMatchObject({ code: 'PLUGIN_RAISED' });
    });

    test('when the plugin wants no more, and the call goes on', async () => {
      await begin(source.count(100));
      credit(peer, 0);
      await quiet(session);
      expect(source.closed).toBe(1);
      credit(peer, 8);
      await quiet(session);
      expect(heard.of(Kind.InputChunk)).toHaveLength(16);
      expect(heard.of(Kind.Cancel)).toEqual([]);
      peer.send([Kind.Result, 1, 'done']);
      expect(await answer).toBe('done');
    });

    test('when the plugin goes', async () => {
      await begin(source.count(100));
      peer.close();
      await expect(answer).rejects.toMatchObject({ code: 'PLUGIN_DISCONNECTED' });
    });

    test('when a chunk cannot be sent, which ends the call and names the chunk', async () => {
      async function* rows(): AsyncGenerator<unknown> {
        try {
          for (let index = 0; index < 16; index += 1) yield index;
          yield { when: new Map() };
        } finally {
          source.closed += 1;
        }
      }
      await begin({ 'my rows': rows() });
      credit(peer, 8);
      await expect(answer).rejects.toMatchObject({
        code: 'INPUT_NOT_ENCODABLE',
        details: { path: '$["my rows"][16].when' },
      });
      await untilHolds(() => expect(heard.of(Kind.Cancel)).toEqual([[Kind.Cancel, 1]]));
    });

    test('when a chunk is too large', async () => {
      async function* rows(): AsyncGenerator<unknown> {
        try {
          for (let index = 0; index < 16; index += 1) yield index;
          yield 'x'.repeat(2 * 1024 * 1024);
        } finally {
          source.closed += 1;
        }
      }
      await begin(rows());
      credit(peer, 8);
      await expect(answer).rejects.toMatchObject({
        code: 'INPUT_TOO_LARGE',
        message: expect.stringContaining('at $[16]') as string,
      });
    });
  });

  test('what the source throws ends the call, as it is', async () => {
    const { session } = await sessionWith(heard.hear);
    const mistake = new Error('the disk is gone');
    async function* rows(): AsyncGenerator<unknown> {
      yield 1;
      throw mistake;
    }
    await expect(call(session, rows())).rejects.toBe(mistake);
    await untilHolds(() => expect(heard.of(Kind.Cancel)).toEqual([[Kind.Cancel, 1]]));
  });

  test('a source that hangs holds up nothing, and is told to end', async () => {
    const { session, peer } = await sessionWith(heard.hear);
    let returned = 0;
    const answer = call(session, {
      [Symbol.asyncIterator]: () => ({
        next: () => new Promise(() => {}),
        return: () => ((returned += 1), new Promise(() => {})),
      }),
    });
    await heard.atLeast(1);
    peer.send([Kind.Result, 1, 'without it']);
    expect(await answer).toBe('without it');
    expect(returned).toBe(1);
  });

  test.each([
    ['a stream that the call does not have', [Kind.InputCredit, 1, 1, 1]],
    ['no number of chunks', [Kind.InputCredit, 1, 0, 'all']],
  ])('credit for %s breaks the protocol', async (_, message) => {
    const { session, peer } = await sessionWith(heard.hear);
    const answer = call(session, source.count(100));
    await heard.atLeast(17);
    peer.send(message as never);
    await expect(answer).rejects.toMatchObject({ code: 'PROTOCOL_VIOLATION' });
  });

  test('credit for a call that is over is no concern of anybody', async () => {
    const { session, peer } = await sessionWith(heard.hear);
    const answer = call(session, source.count(1));
    await heard.atLeast(3);
    peer.send([Kind.Result, 1, null]);
    peer.send([Kind.InputCredit, 1, 0, 1]);
    await answer;
    const next = call(session, null);
    peer.send([Kind.Result, 2, 'fine']);
    expect(await next).toBe('fine');
  });
});
