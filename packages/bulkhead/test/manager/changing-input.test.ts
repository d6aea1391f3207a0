import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { PluginManager } from '../../src/manager/plugin-manager.ts';
import type { PluginStream } from '../../src/session/plugin-stream.ts';
import { observed } from '../test-home.ts';
import { onThisWire, overEachWire } from '../wires.ts';

/** More than a socket takes at once, so that a part has to wait. */
const LARGE = 3_000_000;

let manager: PluginManager;
let folder: string;

overEachWire(() => {
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'bulkhead-input-'));
    manager = await PluginManager.open(await onThisWire('changing_input.yaml'), {
      ...observed().options,
      startAhead: false,
    });
  });

  afterEach(async () => {
    await manager.close();
    await rm(folder, { recursive: true });
  });

  interface Input {
    readonly number: { value: number };
    readonly small: Uint8Array;
    readonly large: Uint8Array;
    readonly vector: Float64Array;
  }

  /** Of every kind that can be changed afterwards, each holding `value` throughout. */
  function inputOf(value: number): Input {
    return {
      number: { value },
      small: new Uint8Array(10).fill(value),
      large: new Uint8Array(LARGE).fill(value),
      vector: new Float64Array(LARGE / 8).fill(value),
    };
  }

  function change(input: Input, value: number): void {
    input.number.value = value;
    for (const array of [input.small, input.large, input.vector]) array.fill(value);
  }

  /** What the plugin finds in such an input: for each part all values that occur in it. */
  function only(value: number): object {
    return { number: [value], small: [value], large: [value], vector: [value] };
  }

  describe('a call gets what its input was when it was made', () => {
    test('while the plugin starts, in the queue, and when it is warm', async () => {
      const input = inputOf(1);
      const waiting: Promise<unknown>[] = [];
      for (const value of [1, 2, 3, 4]) {
        change(input, value);
        waiting.push(manager.executePlugin('sees', input));
      }
      change(input, 9);
      expect(await Promise.all(waiting)).toEqual([1, 2, 3, 4].map(only));
      change(input, 5);
      const warm = [manager.executePlugin('sees', input)];
      change(input, 6);
      warm.push(manager.executePlugin('sees', input));
      change(input, 9);
      expect(await Promise.all(warm)).toEqual([only(5), only(6)]);
    });

    test('beside a stream, and in what a stream yields again and again', async () => {
      const input = inputOf(1);
      const chunk = new Uint8Array(LARGE);
      const chunks = function* (): Generator<Uint8Array> {
        for (let value = 1; value <= 20; value += 1) yield chunk.fill(value);
      };
      const call = manager.executePlugin('sees', { ...input, chunks: chunks() }, { action: 'beside' });
      change(input, 9);
      const numbers = Array.from({ length: 20 }, (_, index) => [index + 1]);
      expect(await call).toEqual([only(1), numbers]);
    });

    test('when an idempotent action is sent a second time', async () => {
      const input = { ...inputOf(1), file: join(folder, 'died') };
      await manager.startPlugin('sees');
      const call = manager.executePlugin('sees', input, { action: 'second_time' });
      change(input, 9);
      expect(await call).toEqual(only(1));
    });

    test('when it goes to a plugin whose pure actions are not known yet', async () => {
      const input = inputOf(1);
      const cold = manager.executePlugin('sees', input, { action: 'purely' });
      change(input, 2);
      expect(await cold).toEqual(only(1));
      const warm = manager.executePlugin('sees', input, { action: 'purely' });
      change(input, 3);
      expect(await warm).toEqual(only(2));
      expect(await manager.executePlugin('sees', inputOf(1), { action: 'purely' })).toEqual(only(1));
      expect(await manager.executePlugin('sees', inputOf(2), { action: 'purely' })).toEqual(only(2));
    });

    test('when it waits for an equal call whose answer turns out to be a stream', async () => {
      const counts = [1];
      await manager.startPlugin('sees');
      const first = manager.executePlugin('sees', { counts }, { action: 'streams_purely' });
      const joined = manager.executePlugin('sees', { counts }, { action: 'streams_purely' });
      counts[0] = 9;
      for (const answer of [await first, await joined]) {
        const all: unknown[] = [];
        for await (const each of answer as PluginStream) all.push(each);
        expect(all).toEqual([1]);
      }
    });

    test('when it is an answer whose memory another call is given', async () => {
      const into = new Uint8Array(LARGE);
      const first = (await manager.executePlugin('echo', new Uint8Array(LARGE).fill(1), { into })) as Uint8Array;
      const call = manager.executePlugin('sees', { ...inputOf(1), large: first });
      await manager.executePlugin('echo', new Uint8Array(LARGE).fill(2), { into });
      expect(first[0]).toBe(2);
      expect(await call).toEqual(only(1));
    });

    test('when it is the data of an event whose plugins are not started yet', async () => {
      const input = inputOf(1);
      const cold = manager.executeHooks('looks', { input });
      change(input, 9);
      expect(await cold).toEqual({ seen: only(1) });
    });
  });

  describe('a getter of an input', () => {
    const thrower = {
      rows: [
        {},
        {
          get when(): never {
            throw new Error('no clock');
          },
        },
      ],
    };

    test.each(['starting', 'warm', 'pure', 'idempotent'])('that throws is told of with its place: %s', async (way) => {
      if (way !== 'starting') await manager.startPlugin('sees');
      const action = { pure: 'purely', idempotent: 'second_time' }[way] ?? 'execute';
      const call = manager.executePlugin('sees', thrower, { action });
      await expect(call).rejects.toMatchObject({
        code: 'INPUT_NOT_ENCODABLE',
        details: { plugin: 'sees', action, path: '$.rows[1].when', reason: "what can't be read: no clock" },
        cause: { message: 'no clock' },
      });
    });

    test('may throw what has no words, at a key of the input, in a Proxy', async () => {
      const hostile = new Proxy(
        {},
        {
          ownKeys: () => {
            throw Object.create(null);
          },
        },
      );
      await expect(manager.executePlugin('sees', { a: hostile })).rejects.toMatchObject({
        code: 'INPUT_NOT_ENCODABLE',
        details: { path: '$.a' },
      });
      const direct = {
        get key(): never {
          throw Object.create(null);
        },
      };
      await expect(manager.executePlugin('sees', direct)).rejects.toMatchObject({
        code: 'INPUT_NOT_ENCODABLE',
        details: { path: '$.key', reason: "what can't be read: something that has no words was thrown" },
      });
    });

    test('may throw in the data of an event', async () => {
      await expect(manager.executeHooks('looks', thrower)).rejects.toMatchObject({
        code: 'HOOK_DATA_INVALID',
        details: { event: 'looks', path: '$.rows[1].when' },
      });
    });

    test("may not call a plugin while the input is encoded: that call is refused, the outer one isn't", async () => {
      await manager.startPlugin('echo');
      let inner: Promise<unknown> | undefined;
      const data = {
        get value(): number {
          inner ??= manager.executePlugin('echo', 1);
          inner.catch(() => {});
          return 2;
        },
      };
      expect(await manager.executePlugin('echo', [data])).toEqual([{ value: 2 }]);
      await expect(inner).rejects.toMatchObject({ code: 'INPUT_NOT_ENCODABLE' });
    });
  });

  test('what can never be sent is refused at the call, in the words of the codec, also while the plugin starts', async () => {
    const call = manager.executePlugin('sees', { rows: new Map() });
    expect(manager.plugins().find(({ id }) => id === 'sees')?.state).toBe('idle');
    await expect(call).rejects.toMatchObject({
      code: 'INPUT_NOT_ENCODABLE',
      details: { path: '$.rows', reason: expect.stringContaining('send Object.fromEntries(map)') as string },
    });
  });

  test('an input that is lent is sent as it is when its turn comes', async () => {
    const input = inputOf(1);
    const call = manager.executePlugin('sees', input, { lend: true });
    input.number.value = 2;
    expect(await call).toEqual({ ...only(1), number: [2] });
  });
});
