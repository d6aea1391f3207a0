import { expect, test } from 'vitest';
import { Backoff } from '../../src/lifecycle/backoff.ts';

const OPTIONS = { first: 100, longest: 1_000, longLife: 60_000 };

test('the delay doubles with each short life, jittered by half, and is capped', () => {
  const backoff = new Backoff(OPTIONS);
  for (const full of [100, 200, 400, 800, 1_000, 1_000]) {
    const delay = backoff.ended(10);
    expect(delay).toBeGreaterThanOrEqual(full / 2);
    expect(delay).toBeLessThanOrEqual(full);
  }
  expect(backoff.shortLives).toBe(6);
});

test('a long life begins anew', () => {
  const backoff = new Backoff(OPTIONS);
  for (let life = 0; life < 5; life += 1) backoff.ended(0);
  expect(backoff.ended(OPTIONS.longLife)).toBeLessThanOrEqual(OPTIONS.first);
});
