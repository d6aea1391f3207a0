import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { deferred } from '../../src/lifecycle/deferred.ts';
import { underEither } from '../../src/lifecycle/under-either.ts';

const reason = new Error('enough');

describe('an operation under two signals', () => {
  it.each([0, 1] as const)('ends with each of them, for its reason', async (index) => {
    const both = [new AbortController(), new AbortController()] as const;
    const work = underEither([both[0].signal, both[1].signal], async (either) => {
      both[index].abort(reason);
      return either.reason as unknown;
    });
    expect(await work).toBe(reason);
  });

  it('hears of one that was aborted before', async () => {
    const work = underEither([new AbortController().signal, AbortSignal.abort(reason)], async (either) =>
      either.throwIfAborted(),
    );
    await expect(work).rejects.toBe(reason);
  });

  it('leaves nothing in either, however it ends', async () => {
    const signals = [new AbortController().signal, new AbortController().signal] as const;
    const listening = (): number[] => signals.map((signal) => getEventListeners(signal, 'abort').length);
    const { promise, resolve } = deferred<string>();
    const work = underEither(signals, async () => await promise);
    expect(listening()).toEqual([1, 1]);
    resolve('done');
    expect(await work).toBe('done');
    await underEither(signals, async () => await Promise.reject(reason)).catch(() => {});
    expect(listening()).toEqual([0, 0]);
  });
});
