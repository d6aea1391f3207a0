import { STREAM_WINDOW_BYTES, STREAM_WINDOW_CHUNKS } from '@bulkhead/protocol';
import { expect, test } from 'vitest';
import { type Deferred, deferred } from '../../src/lifecycle/deferred.ts';
import { InputFeed } from '../../src/session/input-feed.ts';
import { until } from '../until.ts';

interface Played {
  readonly feed: InputFeed;
  readonly said: unknown[];
  /** Settles what the source was asked for last. */
  give(result: IteratorResult<unknown>): void;
  fail(error: Error): void;
  readonly asked: number;
  readonly closed: number;
}

/** A feed whose source and transport are played by the test; each chunk is of `size` bytes. */
function played(size = 1, writable: Promise<void> = Promise.resolve()): Played {
  const said: unknown[] = [];
  let asked: Deferred<IteratorResult<unknown>>[] = [];
  let closed = 0;
  const source = {
    next: () => {
      const answer = deferred<IteratorResult<unknown>>();
      asked = [...asked, answer];
      return answer.promise;
    },
    close: () => void (closed += 1),
  };
  const feed = new InputFeed(source as never, {
    chunk: (value, index) => {
      said.push([value, index]);
      return size;
    },
    end: () => said.push('end'),
    fail: (error) => said.push(error),
    writable,
  });
  return {
    feed,
    said,
    give: (result) => asked.at(-1)?.resolve(result),
    fail: (error) => asked.at(-1)?.reject(error),
    get asked() {
      return asked.length;
    },
    get closed() {
      return closed;
    },
  };
}

test('it is starved while the source owes a chunk and the plugin has taken all others', async () => {
  const writable = deferred<void>();
  const it = played(1, writable.promise);
  void it.feed.run();
  // the transport takes nothing yet: that is not the source's fault
  expect(it.feed.isStarved).toBe(false);
  writable.resolve();
  await until(() => it.asked === 1, 'the first question');
  expect(it.feed.isStarved).toBe(true);
  it.give({ done: false, value: 'a' });
  await until(() => it.asked === 2, 'the second question');
  expect(it.feed.isStarved).toBe(false);
  it.feed.credit(1);
  expect(it.feed.isStarved).toBe(true);
  it.feed.stop();
  expect(it.feed.isStarved).toBe(false);
});

test('its end comes once, and what the source gives after a stop is dropped', async () => {
  const it = played();
  const running = it.feed.run();
  await until(() => it.asked === 1, 'the first question');
  it.feed.stop();
  it.give({ done: false, value: 'late' });
  await running;
  expect(it.said).toEqual([]);
  expect(it.closed).toBe(1);
});

test('the receiver gets what the source throws, unless the feed was stopped', async () => {
  const first = played();
  const running = first.feed.run();
  await until(() => first.asked === 1, 'the first question');
  first.fail(new Error('thrown'));
  await running;
  expect(first.said).toMatchObject([{ message: 'thrown' }]);
  expect(first.closed).toBe(1);

  const second = played();
  const stopped = second.feed.run();
  await until(() => second.asked === 1, 'the first question');
  second.feed.stop();
  second.fail(new Error('thrown'));
  await stopped;
  expect(second.said).toEqual([]);
});

test.each([
  ['chunks', 1, STREAM_WINDOW_CHUNKS],
  ['bytes', STREAM_WINDOW_BYTES / 2, 2],
])('it sends as many %s as the window holds, and goes on when the plugin has taken some', async (_, size, most) => {
  const it = played(size);
  void it.feed.run();
  for (let count = 1; count <= most; count += 1) {
    await until(() => it.asked === count, `question ${count}`);
    it.give({ done: false, value: count });
  }
  await until(() => it.said.length === most, 'the whole window');
  expect(it.asked).toBe(most);
  it.feed.credit(1);
  await until(() => it.asked === most + 1, 'one more question');
  it.give({ done: true, value: undefined });
  await until(() => it.said.at(-1) === 'end', 'the end');
});
