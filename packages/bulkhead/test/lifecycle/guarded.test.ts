import { expect, test } from 'vitest';
import { guarded } from '../../src/lifecycle/guarded.ts';

test('a callback that throws tells its own failure and nothing else', () => {
  const failures: unknown[] = [];
  const broken = new Error('my listener is broken');
  const callback = guarded(
    (_value: number) => {
      throw broken;
    },
    (error) => failures.push(error),
  );
  expect(() => callback(1)).not.toThrow();
  expect(failures).toEqual([broken]);
});

test('an async callback that rejects tells its failure', async () => {
  const failure = await new Promise((resolve) => guarded(() => Promise.reject(new Error('later')), resolve)());
  expect(failure).toMatchObject({ message: 'later' });
});

test('a callback gets what it was called with', () => {
  const seen: unknown[] = [];
  guarded(
    (...parameters: [number, string]) => seen.push(parameters),
    () => expect.unreachable(),
  )(1, 'two');
  expect(seen).toEqual([[1, 'two']]);
});
