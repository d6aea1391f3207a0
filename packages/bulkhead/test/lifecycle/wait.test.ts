import { expect, test } from 'vitest';
import { abortable, settlesWithin, wait } from '../../src/lifecycle/wait.ts';

const never = new Promise<never>(() => {});

test('a wait ends with the reason of its signal', async () => {
  const controller = new AbortController();
  const waiting = wait(60_000, controller.signal);
  const reason = new Error('enough');
  controller.abort(reason);
  await expect(waiting).rejects.toBe(reason);
  await expect(wait(60_000, AbortSignal.abort(reason))).rejects.toBe(reason);
});

test('settlesWithin tells whether a promise settled in time, whichever way', async () => {
  expect(await settlesWithin(Promise.resolve(1), 60_000)).toBe(true);
  expect(await settlesWithin(Promise.reject(new Error('no')), 60_000)).toBe(true);
  expect(await settlesWithin(never, 1)).toBe(false);
});

test('abortable gives the value, or the reason of the signal when that comes first', async () => {
  const controller = new AbortController();
  expect(await abortable(Promise.resolve('value'), controller.signal)).toBe('value');
  const waiting = abortable(never, controller.signal);
  controller.abort(new Error('enough'));
  await expect(waiting).rejects.toThrow('enough');
  await expect(abortable(Promise.resolve('late'), controller.signal)).rejects.toThrow('enough');
});
