import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ExecuteOptions } from '../../src/manager/execute-options.ts';
import { deferred } from '../../src/lifecycle/deferred.ts';
import { PluginManager } from '../../src/manager/plugin-manager.ts';
import { PluginStream } from '../../src/session/plugin-stream.ts';
import { observed } from '../test-home.ts';
import { until } from '../until.ts';
import { onThisWire, overEachWire } from '../wires.ts';

interface State {
  readonly produced: number;
  readonly ended: readonly string[];
}

let manager: PluginManager;

overEachWire(() => {
  beforeEach(async () => {
    manager = await PluginManager.open(await onThisWire('streams.yaml'), observed().options);
  });

  afterEach(async () => {
    await manager.close();
  });

  async function stream(data: unknown, options: ExecuteOptions = {}): Promise<PluginStream> {
    const answer = await manager.executePlugin('streams', data, options);
    expect(answer).toBeInstanceOf(PluginStream);
    return answer as PluginStream;
  }

  async function state(): Promise<State> {
    return (await manager.executePlugin('streams', null, { action: 'state' })) as State;
  }

  async function gather(from: AsyncIterable<unknown>): Promise<unknown[]> {
    const chunks: unknown[] = [];
    for await (const chunk of from) chunks.push(chunk);
    return chunks;
  }

  function numbers(count: number): number[] {
    return Array.from({ length: count }, (_, index) => index);
  }

  describe('a stream', () => {
    test.each([0, 1, 16, 17, 5000])('brings %i chunks in order, and what the generator returned', async (count) => {
      const answer = await stream(count);
      expect(await gather(answer)).toEqual(numbers(count));
      expect(answer.returned).toBe(count);
      expect((await state()).ended).toEqual(['finished']);
    });

    test('may come from an asynchronous generator', async () => {
      const answer = await stream({ count: 100 }, { action: 'later' });
      expect(await gather(answer)).toEqual(numbers(100));
      expect(answer.returned).toBe(null);
    });

    test('is never far ahead of its reader, and other calls are answered meanwhile', async () => {
      const answer = await stream(1_000_000);
      expect(await answer.next()).toEqual({ done: false, value: 0 });
      await until(async () => (await state()).produced >= 16, 'a full window');
      // the generator has its turn after each call
      for (let call = 0; call < 20; call += 1) expect((await state()).produced).toBeLessThanOrEqual(17);
      await answer.return();
    });

    test('of large chunks is ahead by one of them only', async () => {
      const size = 2 * 1024 * 1024;
      const answer = await stream({ count: 5, size }, { action: 'blobs' });
      await until(async () => (await state()).produced > 0, 'the first chunk');
      for (let call = 0; call < 20; call += 1) expect((await state()).produced).toBe(1);
      const chunks = (await gather(answer)) as Uint8Array[];
      expect(chunks.map((chunk) => [chunk.length, chunk[0], chunk.at(-1)])).toEqual(
        numbers(5).map((number) => [size, number, number]),
      );
    });

    test('goes on beside others', async () => {
      const [first, second, third] = await Promise.all([
        stream(300),
        stream(200),
        stream({ count: 100 }, { action: 'later' }),
      ]);
      expect(await Promise.all([gather(first), gather(second), gather(third)])).toEqual([
        numbers(300),
        numbers(200),
        numbers(100),
      ]);
    });
  });

  describe('a stream ends', () => {
    test('when its reader leaves the loop: the generator is closed before the loop is left', async () => {
      for await (const chunk of await stream(1_000_000)) if (chunk === 20) break;
      expect((await state()).ended).toHaveLength(1);
    });

    test('when it is disposed of, also when nothing of it was read', async () => {
      {
        await using unread = await stream(1_000_000);
        await until(async () => (await state()).produced > 0, 'the first chunk');
        expect(unread.returned).toBeUndefined();
      }
      expect((await state()).ended).toEqual(['GeneratorExit']);
    });

    test('when its signal is aborted, in the middle of a step, and no other with it', async () => {
      const other = await stream(100);
      const controller = new AbortController();
      const answer = await stream(null, { action: 'sleeps', signal: controller.signal });
      expect(await answer.next()).toEqual({ done: false, value: 'soon' });
      const next = answer.next();
      controller.abort();
      await expect(next).rejects.toMatchObject({ code: 'CALL_CANCELLED' });
      expect(await gather(other)).toEqual(numbers(100));
      expect((await state()).ended).toEqual(['slept', 'finished']);
    });

    test('when its time is over, though nobody reads it', async () => {
      const forgotten = await stream(1_000_000, { timeout: 1_000 });
      await until(async () => (await state()).ended.length > 0, 'the end of the generator');
      expect((await state()).ended).toHaveLength(1);
      await expect(gather(forgotten)).rejects.toMatchObject({ code: 'CALL_TIMEOUT' });
    });

    test('by the exception of its generator, behind what came before it', async () => {
      const answer = await stream(null, { action: 'raises' });
      expect(await answer.next()).toEqual({ done: false, value: 1 });
      await expect(answer.next()).rejects.toMatchObject({
        code: 'PLUGIN_RAISED',
        context: { remoteType: 'ValueError' },
      });
      expect(await answer.next()).toEqual({ done: true, value: undefined });
    });

    test('by a chunk that cannot cross, with its path', async () => {
      const answer = await stream(null, { action: 'unencodable' });
      expect(await answer.next()).toEqual({ done: false, value: { fine: [1] } });
      await expect(answer.next()).rejects.toMatchObject({
        code: 'RESULT_NOT_ENCODABLE',
        details: { path: '$.rows[1]' },
      });
      expect((await state()).ended).toEqual(['unencodable']);
    });

    test('with its instance', async () => {
      // over ZeroMQ its beginning may be lost with it
      const chunks = stream(null, { action: 'exits' }).then(gather);
      await expect(chunks).rejects.toMatchObject({ code: 'PLUGIN_CRASHED' });
    });

    test('behind a call that was sent after it, which is left in peace for as long as it takes', async () => {
      const answer = await stream(1_000_000);
      await answer.next();
      const [before] = manager.plugins()[0]?.instances ?? [];
      const begun = deferred<void>();
      const longerThanItsGrace = { seconds: 1.5 };
      const call = manager.executePlugin('streams', longerThanItsGrace, {
        action: 'works',
        onProgress: () => begun.resolve(),
      });
      await begun.promise;
      await Promise.all([answer.return(), expect(call).resolves.toBe('worked')]);
      expect((await state()).ended).toEqual(['GeneratorExit']);
      expect(manager.plugins()[0]?.instances[0]?.pid).toBe(before?.pid);
    });

    test('at the cost of its instance, if its generator does not let go', async () => {
      const answer = await stream(null, { action: 'never_lets_go' });
      await answer.next();
      const before = manager.plugins()[0]?.instances[0]?.pid;
      await answer.return();
      await state();
      expect(manager.plugins()[0]?.instances[0]?.pid).not.toBe(before);
    });

    test('in good order when the manager closes while it is read', async () => {
      const answer = await stream(500);
      const closed = manager.close();
      expect(await gather(answer)).toEqual(numbers(500));
      await closed;
    });
  });
});
