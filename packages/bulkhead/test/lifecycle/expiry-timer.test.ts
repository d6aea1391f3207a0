import { once, EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import { type Expiring, ExpiryTimer } from '../../src/lifecycle/expiry-timer.ts';

class Waiter extends EventEmitter implements Expiring {
  expiresAt: number;
  isOver = false;

  constructor(milliseconds: number) {
    super();
    this.expiresAt = performance.now() + milliseconds;
  }

  expire(): void {
    this.isOver = true;
    this.emit('over', performance.now());
  }
}

test('each that waits for too long is told so, in whatever order they came; those that are done are not', async () => {
  const timer = new ExpiryTimer<Waiter>();
  const [late, early, done, far] = [new Waiter(20), new Waiter(1), new Waiter(5), new Waiter(2 ** 31)];
  for (const waiter of [far, late, early, done]) timer.add(waiter);
  const ended = Promise.all([once(early, 'over'), once(late, 'over')]);
  expect([...timer.oldestFirst][0]).toBe(far);
  timer.delete(done);
  const limits = [early, late].map(({ expiresAt }) => expiresAt);
  const told = (await ended).map(([at]) => at as number);
  expect(told.map((at, index) => at >= (limits[index] ?? 0))).toEqual([true, true]);
  expect([done.isOver, far.isOver]).toEqual([false, false]);
  timer.close();
});

test('what has moved away meanwhile is told at its new time', async () => {
  const timer = new ExpiryTimer<Waiter>();
  const waiter = new Waiter(1);
  timer.add(waiter);
  waiter.expiresAt += 10;
  const [toldAt] = await once(waiter, 'over');
  expect(toldAt).toBeGreaterThanOrEqual(waiter.expiresAt);
  timer.close();
});

test('one that adds another when it is over, or ends one that is over too, disturbs nothing', async () => {
  const timer = new ExpiryTimer<Waiter>();
  const [first, ended, next] = [new Waiter(1), new Waiter(1), new Waiter(5)];
  ended.expiresAt = first.expiresAt;
  first.once('over', () => {
    timer.delete(ended);
    timer.add(next);
  });
  timer.add(first);
  timer.add(ended);
  await once(next, 'over');
  expect(ended.isOver).toBe(false);
  timer.close();
});

test('nothing is told once it is closed', async () => {
  const timer = new ExpiryTimer<Waiter>();
  const waiter = new Waiter(1);
  timer.add(waiter);
  timer.close();
  const other = new ExpiryTimer<Waiter>();
  const later = new Waiter(3);
  other.add(later);
  await once(later, 'over');
  expect(waiter.isOver).toBe(false);
  other.close();
});
