import { expect, test } from 'vitest';
import { Limit } from '../../src/lifecycle/limit.ts';

test('one that was cleared is never over', async () => {
  let isOver = false;
  new Limit(1, () => (isOver = true)).clear();
  await new Promise<void>((resolve) => void new Limit(5, resolve, true));
  expect(isOver).toBe(false);
});

test('a process that was held up looks at what has come before a limit is over', async () => {
  let isOver = false;
  const limit = new Limit(1, () => (isOver = true));
  const until = performance.now() + 100;
  while (performance.now() < until); // it is due long before the loop comes to its timers
  await new Promise((resolve) => setTimeout(resolve, 1));
  await new Promise((resolve) => setImmediate(resolve));
  limit.clear();
  await new Promise<void>((resolve) => void new Limit(5, resolve, true));
  expect(isOver).toBe(false);
});
