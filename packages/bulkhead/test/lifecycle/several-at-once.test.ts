import { expect, test } from 'vitest';
import { deferred } from '../../src/lifecycle/deferred.ts';
import { severalAtOnce } from '../../src/lifecycle/several-at-once.ts';

test('never more at the same time, and what they give in the order of the items', async () => {
  let [running, most] = [0, 0];
  const items = Array.from({ length: 20 }, (_, index) => index);
  const done = await severalAtOnce(3, items, async (item) => {
    most = Math.max(most, (running += 1));
    for (let turns = item % 4; turns >= 0; turns -= 1) await new Promise((resolve) => setImmediate(resolve));
    running -= 1;
    return item * 2;
  });
  expect(done).toEqual(items.map((item) => item * 2));
  expect(most).toBe(3);
});

test('after a failure none begins any more', async () => {
  const begun: number[] = [];
  const slow = deferred<void>();
  const all = severalAtOnce(2, [0, 1, 2, 3], async (item) => {
    begun.push(item);
    if (item === 1) throw new Error('broken');
    await slow.promise;
  });
  await expect(all).rejects.toThrow('broken');
  slow.resolve();
  await new Promise((resolve) => setImmediate(resolve));
  expect(begun).toEqual([0, 1]);
});

test('of nothing comes nothing', async () => {
  expect(await severalAtOnce(2, [], async () => await Promise.reject(new Error('there is none')))).toEqual([]);
});
