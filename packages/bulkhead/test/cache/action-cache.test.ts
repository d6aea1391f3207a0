import { NdArray } from '@bulkhead/protocol';
import { describe, expect, test } from 'vitest';
import { ActionCache, type AnswerOptions, type CachePolicy } from '../../src/cache/action-cache.ts';
import type { CacheObserver } from '../../src/cache/cache-observer.ts';
import { deferred } from '../../src/lifecycle/deferred.ts';
import { PluginStream } from '../../src/session/plugin-stream.ts';
import { until } from '../until.ts';
import { CallbackWarnings } from '../warnings.ts';

const POLICY: CachePolicy = { ttl: 1_000, maxEntries: 10, maxBytes: 100_000 };

/** A cache, what it told, and a clock that stands still unless it is moved. */
function workbench(policy: Partial<CachePolicy> = {}) {
  const told: string[] = [];
  const clock = { now: 0 };
  const observer: CacheObserver = {
    cacheHit: () => told.push('hit'),
    cacheMissed: () => told.push('missed'),
    cacheJoined: () => told.push('joined'),
    cacheEvicted: (_plugin, _action, reason) => told.push(`evicted: ${reason}`),
    cacheBypassed: (_plugin, _action, reason) => told.push(`bypassed: ${reason}`),
  };
  const cache = new ActionCache({
    plugin: 'text_tools',
    action: 'keywords',
    policy: { ...POLICY, ...policy },
    observer,
    now: () => clock.now,
  });
  let calls = 0;
  /** Asks for the answer to `input`, which is `value` if the plugin has to be called. */
  const ask = (input: unknown, value: unknown = 'answer', scope = '1.0 env'): Promise<unknown> =>
    cache.answer(scope, input, async () => {
      calls += 1;
      return value;
    });
  return { cache, told, clock, ask, calls: () => calls };
}

describe('an answer', () => {
  test('is kept for its time', async () => {
    const { ask, clock, told, calls } = workbench({ ttl: 50 });
    await ask('input', 'first');
    clock.now = 49;
    expect(await ask('input', 'second')).toBe('first');
    clock.now = 50;
    expect(await ask('input', 'third')).toBe('third');
    expect(calls()).toBe(2);
    expect(told).toEqual(['missed', 'hit', 'evicted: expired', 'missed']);
  });

  test('is not kept when the call fails', async () => {
    const { cache, ask } = workbench();
    const failure = new Error('no model');
    await expect(cache.answer('1.0 env', 'input', () => Promise.reject(failure))).rejects.toBe(failure);
    const thrown = (): Promise<never> => {
      throw failure;
    };
    await expect(cache.answer('1.0 env', 'input', thrown)).rejects.toBe(failure);
    expect(await ask('input', 'well again')).toBe('well again');
    expect(cache.entries).toBe(1);
  });

  test('belongs to one version and environment', async () => {
    const { ask } = workbench();
    await ask('input', 'old', '1.0 env');
    expect(await ask('input', 'new', '1.1 env')).toBe('new');
    expect(await ask('input', 'other environment', '1.0 other')).toBe('other environment');
    expect(await ask('input', 'never', '1.0 env')).toBe('old');
  });

  test('that is a stream is given to its caller and not kept', async () => {
    const { ask, told, calls } = workbench();
    const stream = new PluginStream({ grant: () => {}, stop: () => {} });
    expect(await ask('input', stream)).toBe(stream);
    expect(await ask('input', 'another')).toBe('another');
    expect(calls()).toBe(2);
    expect(told).toEqual(['missed', 'bypassed: answer', 'missed']);
  });

  test('that is larger than all there is room for is not kept', async () => {
    const { cache, ask, told } = workbench({ maxBytes: 1_000 });
    const large = new Uint8Array(2_000);
    expect(await ask('input', large)).toBe(large);
    expect(cache).toMatchObject({ entries: 0, bytes: 0 });
    expect(told).toEqual(['missed', 'bypassed: size']);
  });

  test('goes when there is no room for it any more, the one that was asked for least recently first', async () => {
    const byNumber = workbench({ maxEntries: 2 });
    for (const input of [1, 2, 1, 3]) await byNumber.ask(input, `answer ${input}`);
    expect(await byNumber.ask(1, 'again')).toBe('answer 1');
    expect(await byNumber.ask(2, 'again')).toBe('again');
    expect(byNumber.told.filter((event) => event === 'evicted: space')).toHaveLength(2);
    const bySize = workbench({ maxBytes: 10_000 });
    for (const input of [1, 2, 3]) await bySize.ask(input, new Uint8Array(4_000));
    expect(bySize.cache.entries).toBe(2);
    expect(bySize.cache.bytes).toBeGreaterThan(8_000);
    expect(bySize.cache.bytes).toBeLessThanOrEqual(10_000);
  });

  test('is forgotten by clear, also one under way', async () => {
    const { cache, ask } = workbench();
    await ask('kept');
    const late = deferred<unknown>();
    const underWay = cache.answer('1.0 env', 'under way', () => late.promise);
    cache.clear();
    late.resolve('old');
    expect(await underWay).toBe('old');
    expect(cache.entries).toBe(0);
    expect(await ask('under way', 'new')).toBe('new');
  });
});

test.each<[string, () => unknown]>([
  ['text', () => 'text'],
  ['a number', () => 1.5],
  ['nothing', () => null],
  ['a bigint', () => 2n ** 60n],
  ['a list', () => [1, [2, { three: 3 }]]],
  ['an object', () => ({ a: { b: 'c' }, 'first name': undefined })],
  ['an object with a key named __proto__', () => JSON.parse('{"__proto__": {"a": 1}}') as unknown],
  ['a date', () => ({ when: new Date('2026-01-02T03:04:05.678Z') })],
  ['bytes', () => new Uint8Array([1, 2, 3])],
  ['a buffer', () => Buffer.from('bytes')],
  ['an array buffer', () => new Uint8Array([1, 2, 3]).buffer],
  ['a typed array', () => ({ vector: new Float32Array([1.5, Number.NaN, -0]) })],
  ['an array of several dimensions', () => new NdArray(new Int16Array([1, 2, 3, 4]), [2, 2])],
])('%s is given to each caller as it was, and as his own', async (_name, make) => {
  const { cache, ask } = workbench();
  const flight = deferred<unknown>();
  const all = [1, 2, 3].map(() => cache.answer('1.0 env', 'input', () => flight.promise));
  flight.resolve(make());
  for (const answer of await Promise.all(all)) {
    expect(answer).toStrictEqual(make());
    spoil(answer);
  }
  for (let times = 0; times < 2; times += 1) {
    const kept = await ask('input');
    expect(kept).toStrictEqual(make());
    spoil(kept);
  }
});

/** Changes whatever can be changed in it. */
function spoil(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  if (ArrayBuffer.isView(value)) new Uint8Array(value.buffer, value.byteOffset, value.byteLength).fill(7);
  else if (value instanceof ArrayBuffer) new Uint8Array(value).fill(7);
  else if (value instanceof Date) value.setTime(0);
  else {
    for (const part of Object.values(value)) spoil(part);
    if (Array.isArray(value)) value.push('spoilt');
    else if (!(value instanceof NdArray)) Object.assign(value, { spoilt: true });
  }
}

describe('an equal call under way', () => {
  const options = (signal: AbortSignal): AnswerOptions => ({ signal });

  test('is joined', async () => {
    const { cache, told } = workbench();
    const flight = deferred<unknown>();
    let calls = 0;
    const call = (): Promise<unknown> => ((calls += 1), flight.promise);
    const both = [cache.answer('s', { a: 1, b: 2 }, call), cache.answer('s', { b: 2, a: 1 }, call)];
    flight.resolve({ list: [] });
    const [one, other] = await Promise.all(both);
    expect(one).toEqual(other);
    expect(one).not.toBe(other);
    expect(calls).toBe(1);
    expect(told).toEqual(['missed', 'joined']);
  });

  test('fails for all, and is tried anew by the next', async () => {
    const { cache, ask } = workbench();
    const flight = deferred<unknown>();
    const both = [1, 2].map(() => cache.answer('1.0 env', 'input', () => flight.promise));
    flight.reject(new Error('no model'));
    for (const outcome of await Promise.allSettled(both))
      expect(outcome).toMatchObject({ status: 'rejected', reason: { message: 'no model' } });
    expect(await ask('input', 'well')).toBe('well');
  });

  test('goes on when one who waits for it goes, even the first', async () => {
    const { cache } = workbench();
    const flight = deferred<unknown>();
    const first = new AbortController();
    let callSignal: AbortSignal | undefined;
    const call = (signal: AbortSignal): Promise<unknown> => ((callSignal = signal), flight.promise);
    const one = cache.answer('s', 'input', call, options(first.signal));
    const other = cache.answer('s', 'input', call, options(new AbortController().signal));
    first.abort(new Error('not needed'));
    await expect(one).rejects.toMatchObject({
      code: 'CALL_CANCELLED',
      message: 'The call of text_tools.keywords was cancelled.',
      cause: { message: 'not needed' },
    });
    expect(callSignal?.aborted).toBe(false);
    flight.resolve('answer');
    expect(await other).toBe('answer');
  });

  test('is ended when the last one goes, and joined by nobody then', async () => {
    const { cache, ask, calls } = workbench();
    const [first, second] = [new AbortController(), new AbortController()];
    const ended = deferred<unknown>();
    const call = (signal: AbortSignal): Promise<unknown> =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          ended.resolve(signal.reason);
          reject(signal.reason as Error);
        });
      });
    const both = [first, second].map(({ signal }) => cache.answer('1.0 env', 'input', call, options(signal)));
    first.abort(new Error('first'));
    second.abort(new Error('second'));
    await Promise.allSettled(both);
    expect(await ended.promise).toMatchObject({ message: 'second' });
    expect(await ask('input', 'of its own')).toBe('of its own');
    expect(calls()).toBe(1);
  });

  test('whose answer is for one alone makes the others call for themselves', async () => {
    const { cache, told } = workbench();
    let calls = 0;
    const call = async (): Promise<unknown> => {
      calls += 1;
      return new PluginStream({ grant: () => {}, stop: () => {} });
    };
    const streams = await Promise.all([1, 2, 3].map(() => cache.answer('s', 'input', call)));
    expect(new Set(streams).size).toBe(3);
    expect(calls).toBe(3);
    expect(told).toContain('joined');
  });

  test('whose first caller has gone gives such an answer to the next', async () => {
    const { cache } = workbench();
    const flight = deferred<unknown>();
    const first = new AbortController();
    const call = (): Promise<unknown> => flight.promise;
    const one = cache.answer('s', 'input', call, options(first.signal));
    const other = cache.answer('s', 'input', () => Promise.reject(new Error('called twice')));
    first.abort();
    const stream = new PluginStream({ grant: () => {}, stop: () => {} });
    flight.resolve(stream);
    await expect(one).rejects.toMatchObject({ code: 'CALL_CANCELLED' });
    expect(await other).toBe(stream);
  });

  test('goes on as a stream, which ends with the signal of whoever has it', async () => {
    const { cache } = workbench();
    const caller = new AbortController();
    let callSignal: AbortSignal | undefined;
    const call = async (signal: AbortSignal): Promise<unknown> => {
      callSignal = signal;
      return new PluginStream({ grant: () => {}, stop: () => {} });
    };
    await cache.answer('s', 'input', call, options(caller.signal));
    expect(callSignal?.aborted).toBe(false);
    caller.abort(new Error('enough'));
    expect(callSignal?.reason).toMatchObject({ message: 'enough' });
  });

  test('is joined only by a call of the same limit; what comes of it is for all', async () => {
    const { cache, told } = workbench();
    const flights = [deferred<unknown>(), deferred<unknown>()] as const;
    const first = cache.answer('s', 'input', () => flights[0].promise);
    const limited = cache.answer('s', 'input', () => flights[1].promise, { timeout: 5 });
    const alike = cache.answer('s', 'input', () => Promise.reject(new Error('called twice')), { timeout: 5 });
    flights[0].resolve('first');
    expect(await first).toBe('first');
    expect(await cache.answer('s', 'input', () => Promise.reject(new Error('not kept')), { timeout: 9 })).toBe('first');
    flights[1].resolve('second');
    expect([await limited, await alike]).toEqual(['second', 'second']);
    expect(told).toEqual(['missed', 'missed', 'joined', 'hit']);
  });

  test('that is made in another one is not joined either', async () => {
    const { cache } = workbench();
    const inner = deferred<unknown>();
    const made = cache.answer('s', 'input', () => inner.promise, { mayJoin: false });
    expect(await cache.answer('s', 'input', async () => 'of its own')).toBe('of its own');
    inner.resolve('inner');
    expect(await made).toBe('inner');
  });

  test('is not waited for by a call that is made in another one', async () => {
    const { cache } = workbench();
    const outer = deferred<unknown>();
    const waits = cache.answer('s', 'input', () => outer.promise);
    expect(await cache.answer('s', 'input', async () => 'inner', { mayJoin: false })).toBe('inner');
    outer.resolve('outer');
    expect(await waits).toBe('outer');
    expect(await cache.answer('s', 'input', async () => 'never', { mayJoin: false })).toBe('outer');
  });
});

test('an aborted caller gets nothing, and calls nobody', async () => {
  const { cache, told } = workbench();
  const signal = AbortSignal.abort(new Error('too late'));
  const call = (): Promise<never> => Promise.reject(new Error('called'));
  await expect(cache.answer('s', 'input', call, { signal })).rejects.toMatchObject({ code: 'CALL_CANCELLED' });
  expect(told).toEqual([]);
});

test('an input that no plugin takes is left to the call', async () => {
  const { ask, told, calls } = workbench();
  const cycle: Record<string, unknown> = {};
  cycle['self'] = cycle;
  for (const input of [new Map(), cycle, new Uint8Array(17 * 1024 * 1024)])
    expect(await ask(input, 'as the call says')).toBe('as the call says');
  expect(calls()).toBe(3);
  expect(told).toEqual(['bypassed: input', 'bypassed: input', 'bypassed: input']);
});

test.each([
  [{ ttl: 0 }, 'cache of text_tools.keywords, ttl: 0 is not a number above 0.'],
  [{ ttl: Number.POSITIVE_INFINITY }, 'ttl: Infinity'],
  [{ maxEntries: 1.5 }, 'maxEntries: 1.5'],
  [{ maxBytes: Number.NaN }, 'maxBytes: NaN'],
])('a policy of %o is refused', (policy, message) => {
  expect(() => workbench(policy)).toThrow(message);
});

test('an observer that throws fails no call, also not those that are joined', async () => {
  using warnings = new CallbackWarnings();
  const broken = (): never => {
    throw new Error('the page is gone');
  };
  const observer = { cacheHit: broken, cacheMissed: broken, cacheJoined: broken, cacheEvicted: broken };
  const policy = { ...POLICY, maxBytes: 400 };
  const cache = new ActionCache({ plugin: 'text_tools', action: 'keywords', policy, observer });
  const both = ['one', 'one'].map((input) => cache.answer('', input, async () => 'answer'));
  expect(await Promise.all(both)).toEqual(['answer', 'answer']);
  expect(await cache.answer('', 'one', async () => 'another')).toBe('answer');
  expect(await cache.answer('', 'two', async () => 'answer')).toBe('answer');
  expect(cache.entries).toBe(1);
  await until(() => warnings.messages.length === 4, 'the warnings');
});
