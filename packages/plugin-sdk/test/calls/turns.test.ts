import { expect, test } from 'vitest';
import { Turns } from '../../src/calls/turns.ts';

test('so many have a turn at once, the others one after the other', async () => {
  const turns = new Turns(2);
  const order: number[] = [];
  expect([turns.enter(), turns.enter()]).toEqual([undefined, undefined]);
  const waiting = [1, 2].map(async (number) => {
    await turns.enter();
    order.push(number);
  });
  expect(turns.areWanted).toBe(true);
  turns.leave();
  await waiting[0];
  expect(order).toEqual([1]);
  turns.leave();
  await Promise.all(waiting);
  expect(order).toEqual([1, 2]);
  turns.leave();
  turns.leave();
  expect([turns.enter(), turns.enter()]).toEqual([undefined, undefined]);
});

test('who leaves the queue has no turn, and takes none away', async () => {
  const turns = new Turns(1);
  expect(turns.enter()).toBeUndefined();
  let leaveQueue = (): void => {};
  void turns.enter((leave) => (leaveQueue = leave));
  const next = turns.enter();
  leaveQueue();
  turns.leave();
  await next;
  expect(turns.areWanted).toBe(false);
});
