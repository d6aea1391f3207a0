import { expect, test } from 'vitest';
import { growthOf } from '../../src/verification/growth.ts';

const places = Array.from({ length: 50 }, (_, index) => index * 10);

test('a steady growth has its slope, whatever a few outliers say', () => {
  const values = places.map((place, index) => place * 3 + (index % 10 === 0 ? 10_000 : 0));
  const { slope, trend } = growthOf(places, values)!;
  expect(slope).toBeCloseTo(3, 1);
  expect(trend).toBeGreaterThan(0.6);
});

test('what goes up and down has no trend', () => {
  const { trend } = growthOf(
    places,
    places.map((_, index) => (index % 2) * 1_000),
  )!;
  expect(Math.abs(trend)).toBeLessThan(0.3);
});

test('what stays has neither', () => {
  expect(
    growthOf(
      places,
      places.map(() => 7),
    ),
  ).toEqual({ slope: 0, trend: 0 });
});

test('of two measurements nothing is known', () => {
  expect(growthOf([1, 2], [3, 4])).toBeUndefined();
});
