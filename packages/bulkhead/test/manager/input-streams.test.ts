import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { deferred } from '../../src/lifecycle/deferred.ts';
import type { ExecuteOptions } from '../../src/manager/execute-options.ts';
import { PluginManager } from '../../src/manager/plugin-manager.ts';
import type { PluginStream } from '../../src/session/plugin-stream.ts';
import { observed, startedBy } from '../test-home.ts';
import { until } from '../until.ts';
import { onThisWire, OVER_ZEROMQ, overEachWire } from '../wires.ts';

overEachWire(() => {
  let manager: PluginManager;
  let rows: Rows;

  beforeEach(async () => {
    rows = new Rows();
    manager = await PluginManager.open(await onThisWire('input-streams.yaml'), observed().options);
  });

  afterEach(async () => {
    await manager.close();
  });

  /** A source that counts how far it was pulled, and how often its `finally` ran. */
  class Rows {
    pulled = 0;
    readonly #ended = deferred<void>();
    ended = 0;

    /** Numbers up to `count`; `wait` comes before each. */
    async *to(count: number, wait?: (number: number) => Promise<unknown>): AsyncGenerator<number> {
      try {
        for (let number = 0; number < count; number += 1) {
          await wait?.(number);
          this.pulled += 1;
          yield number;
        }
      } finally {
        this.ended += 1;
        this.#ended.resolve();
      }
    }

    async reached(count: number): Promise<void> {
      await until(() => this.pulled >= count, `row ${count}`);
    }

    async haveEnded(): Promise<void> {
      await this.#ended.promise;
      expect(this.ended).toBe(1);
    }
  }

  async function read(action: string, data: unknown, options: ExecuteOptions = {}): Promise<unknown> {
    return await manager.executePlugin('readers', data, { action, ...options });
  }

  const never = (): Promise<never> => new Promise(() => {});

  async function gather(from: unknown): Promise<unknown[]> {
    const chunks: unknown[] = [];
    for await (const chunk of from as AsyncIterable<unknown>) chunks.push(chunk);
    return chunks;
  }

  function numbers(count: number): number[] {
    return Array.from({ length: count }, (_, index) => index);
  }

  describe('an input stream', () => {
    test.each([0, 1, 16, 17, 5000])('brings %i rows in order', async (count) => {
      expect(await read('execute', rows.to(count))).toEqual(numbers(count));
      await rows.haveEnded();
    });

    test('may be read by `async for`', async () => {
      expect(await read('total_later', { rows: rows.to(5000) })).toBe(12_497_500);
    });

    test('may stand beside other values, and come from a generator', async () => {
      function* three(): Generator<number> {
        yield* [1, 2, 3];
      }
      expect(await read('total_from', { rows: three(), start: 100 })).toBe(106);
      expect(await read('total_from', { rows: [1, 2, 3], start: 100 })).toBe(106);
    });

    test('may come from a Readable', async () => {
      const source = Readable.from(['a', 'b']);
      expect(await read('execute', source)).toEqual(['a', 'b']);
      expect(source.destroyed).toBe(true);
    });

    test('may be one of several of a call', async () => {
      const other = new Rows();
      expect(await read('joined', { left: rows.to(1000), right: other.to(500) })).toEqual(
        numbers(500).map((number) => [number, number]),
      );
      await Promise.all([rows.haveEnded(), other.haveEnded()]);
    });

    test('carries binary rows of any size', async () => {
      const sizes = [0, 1, 65_536, 65_537, 3_000_000];
      const answer = await read('sizes', sizes.map((size) => new Uint8Array(size).fill(1)).values());
      expect(answer).toEqual(sizes.map((size) => ['bytes', size, size]));
    });

    test('carries arrays', async () => {
      async function* arrays(): AsyncGenerator<Float64Array> {
        for (const size of [3, 100_000]) yield new Float64Array(size).fill(0.5);
      }
      const answer = await manager.executePlugin('numpy_readers', arrays(), { action: 'arrays' });
      expect(answer).toEqual([
        [true, 3, 1.5],
        [true, 100_000, 50_000],
      ]);
    });

    test('is not pulled ahead of the plugin by more than the window', async () => {
      const reading = deferred<void>();
      const controller = new AbortController();
      const answer = read('never_reads', rows.to(1_000_000), {
        signal: controller.signal,
        onProgress: () => reading.resolve(),
      });
      await reading.promise;
      await rows.reached(16);
      controller.abort();
      await expect(answer).rejects.toMatchObject({ code: 'CALL_CANCELLED' });
      await rows.haveEnded();
      expect(rows.pulled).toBe(16);
    });

    test('goes through a transformer, whose reader holds up the source', async () => {
      const answer = (await read('doubled', rows.to(100_000))) as PluginStream;
      let count = 0;
      for await (const row of answer) {
        expect(row).toBe(count * 2);
        // 16 each way, and one in the plugin's hands
        if (count % 1000 === 0) expect(rows.pulled - count).toBeLessThanOrEqual(40);
        count += 1;
      }
      expect([count, answer.returned]).toEqual([100_000, 'all']);
      await rows.haveEnded();
    });

    test('goes through two plugins', async () => {
      const first = await manager.executePlugin('readers', rows.to(1000), { action: 'doubled' });
      const second = await manager.executePlugin('impatient', { rows: first }, { action: 'doubled' });
      expect(await gather(second)).toEqual(numbers(1000).map((number) => number * 4));
    });

    test('is not started before its call is sent, and other calls keep their order', async () => {
      const first = read('slowly', { rows: [1, 2, 3].values(), seconds: 0.1 });
      const second = read('total', rows.to(10));
      const third = read('number', 3);
      expect(rows.pulled).toBe(0);
      const order: unknown[] = [];
      await Promise.all([first, second, third].map(async (call) => order.push(await call)));
      expect(order).toEqual([3, 45, 3]);
    });

    test.each(['spawn', 'fork', OVER_ZEROMQ] as const)('reaches instances started by %s', async (start) => {
      const registry = await startedBy(start, 'input-streams.yaml');
      await using other = await PluginManager.open(registry, observed().options);
      await expect(other.executePlugin('readers', rows.to(3), { action: 'dies' })).rejects.toMatchObject({
        code: 'PLUGIN_CRASHED',
      });
      expect(await other.executePlugin('readers', new Rows().to(100), { action: 'total' })).toBe(4950);
      await rm(dirname(registry), { recursive: true });
    });
  });

  describe('the source is closed', () => {
    afterEach(async () => {
      await rows.haveEnded();
      expect(await read('number', 'fine')).toBe('fine');
    });

    test('when the plugin wants no more', async () => {
      expect(await read('first', { rows: rows.to(1_000_000), count: 20 })).toEqual(numbers(20));
    });

    test('when the action raises', async () => {
      await expect(read('raises', rows.to(1_000_000))).rejects.toMatchObject({ code: 'PLUGIN_RAISED' });
    });

    test('when its time is over, though it hangs', async () => {
      const hang = deferred<void>();
      const answer = read(
        'execute',
        rows.to(10, (number) => (number === 3 ? hang.promise : Promise.resolve())),
        {
          timeout: 1000,
        },
      );
      await expect(answer).rejects.toMatchObject({ code: 'CALL_TIMEOUT' });
      hang.resolve();
    });

    test('when the call is cancelled while it waits for the source', async () => {
      const controller = new AbortController();
      const waiting = deferred<void>();
      const hang = deferred<void>();
      const wait = async (number: number): Promise<void> => {
        if (number < 3) return;
        waiting.resolve();
        await hang.promise;
      };
      const answer = read('execute', rows.to(10, wait), { signal: controller.signal });
      await waiting.promise;
      controller.abort();
      await expect(answer).rejects.toMatchObject({ code: 'CALL_CANCELLED' });
      hang.resolve();
    });

    test('when the process is killed, and the call is not sent again', async () => {
      const answer = read('dies', rows.to(1_000_000));
      await expect(answer).rejects.toMatchObject({ code: 'PLUGIN_CRASHED' });
      expect(rows.pulled).toBeLessThanOrEqual(24);
    });

    test('when the process is killed from outside in the middle of a stream', async () => {
      const answer = (await read('pid_and_rest', rows.to(1_000_000))) as PluginStream;
      const { value: pid } = await answer.next();
      expect(await answer.next()).toEqual({ done: false, value: 0 });
      process.kill(pid as number, 'SIGKILL');
      await expect(gather(answer)).rejects.toMatchObject({ code: 'PLUGIN_CRASHED' });
    });

    test('when the reader of a transformer leaves', async () => {
      for await (const row of (await read('doubled', rows.to(1_000_000))) as PluginStream) if (row === 100) break;
    });

    test('when a row cannot be sent', async () => {
      async function* withMistake(): AsyncGenerator<unknown> {
        for await (const row of rows.to(1_000_000)) yield row === 40 ? { when: new Set() } : row;
      }
      await expect(read('total', { rows: withMistake() })).rejects.toMatchObject({
        code: 'INPUT_NOT_ENCODABLE',
        details: { path: '$.rows[40].when' },
      });
    });

    test('when it throws, and the call ends by that', async () => {
      const mistake = new TypeError('not a row');
      const answer = read(
        'execute',
        rows.to(10, (number) => (number === 4 ? Promise.reject(mistake) : Promise.resolve())),
      );
      await expect(answer).rejects.toBe(mistake);
    });
  });

  describe('a source that was never begun', () => {
    test('is closed when the call was cancelled in the queue', async () => {
      const source = new PassThrough();
      const controller = new AbortController();
      const answer = read('execute', source, { signal: controller.signal });
      controller.abort();
      await expect(answer).rejects.toMatchObject({ code: 'CALL_CANCELLED' });
      await once(source, 'close');
    });

    test('is closed when there is no such plugin', async () => {
      let returned = 0;
      const source = {
        [Symbol.asyncIterator]: () => ({
          next: () => Promise.reject(new Error('begun')),
          return: () => ((returned += 1), Promise.resolve({ done: true, value: undefined })),
        }),
      };
      await expect(manager.executePlugin('nobody', source)).rejects.toMatchObject({ code: 'PLUGIN_UNKNOWN' });
      expect(returned).toBe(1);
    });
  });

  test('a Readable that waits for data is closed by a cancelled call', async () => {
    const source = new PassThrough({ objectMode: true });
    source.write(1);
    const controller = new AbortController();
    const answer = (await read('doubled', source, { signal: controller.signal })) as PluginStream;
    expect(await answer.next()).toEqual({ done: false, value: 2 });
    controller.abort();
    await expect(answer.next()).rejects.toMatchObject({ code: 'CALL_CANCELLED' });
    await once(source, 'close');
  });

  test('the answer of an instance is refused as an input of the same', async () => {
    const first = (await read('doubled', rows.to(100))) as PluginStream;
    await expect(read('doubled', first)).rejects.toMatchObject({ code: 'INPUT_STREAM_REFUSED' });
    await rows.haveEnded();
  });

  test('a call whose time is over says so when it was its own input that it waited for', async () => {
    const hangs = rows.to(3, (number) => (number === 2 ? never() : Promise.resolve()));
    await expect(read('total', hangs, { timeout: 2000 })).rejects.toThrow(
      /total did not answer within 2 s: its process was waiting for the rest of its input/,
    );
  });

  test('an instance that runs several calls at once may read its own answer', async () => {
    const once = await manager.executePlugin('readers_at_once', rows.to(100), { action: 'doubled' });
    const twice = (await manager.executePlugin('readers_at_once', once, { action: 'doubled' })) as PluginStream;
    expect(await gather(twice)).toEqual(Array.from({ length: 100 }, (_, number) => number * 4));
    await rows.haveEnded();
  });

  test('what is sent keeps an idle limit from ending the call, and silence does not', async () => {
    let isOver = false;
    async function* rowsUntilTheOtherIsOver(): AsyncGenerator<number> {
      while (!isOver) yield await turn(1);
    }
    const fed = manager.executePlugin('impatient', rowsUntilTheOtherIsOver(), { action: 'total' });
    await until(() => manager.plugins().some(({ instances }) => instances[0]?.inFlight === 1), 'the call that is fed');
    const starved = manager.executePlugin('impatient_too', new Rows().to(1, never), { action: 'total' });
    await expect(starved).rejects.toMatchObject({ code: 'CALL_IDLE_TIMEOUT' });
    isOver = true;
    expect(await fed).toBeGreaterThan(0);
  });

  test('a manager that closes lets a call read its stream to the end', async () => {
    const begun = deferred<void>();
    const answer = read(
      'total',
      rows.to(500, (number) => (number === 100 ? begun.resolve() : undefined, Promise.resolve())),
    );
    await begun.promise;
    const closed = manager.close();
    expect(await answer).toBe(124_750);
    await closed;
  });
});
