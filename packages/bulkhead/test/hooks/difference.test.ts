import { PreciseDate } from '@bulkhead/protocol';
import { expect, test } from 'vitest';
import { describeChanges } from '../../src/hooks/difference.ts';

test.each<[string, unknown, unknown, readonly string[]]>([
  ['nothing', { a: [1, { b: Number.NaN }] }, { a: [1, { b: Number.NaN }] }, []],
  ['the order of keys', { a: 1, b: 2 }, { b: 2, a: 1 }, []],
  ['equal dates and arrays', [new Date(5), new Int8Array([1])], [new Date(5), new Int8Array([1])], []],
  ['the whole', 'a', 5, ['$: "a" → 5']],
  ['the sign of nought', 0, -0, ['$: 0 → -0']],
  [
    'deep inside',
    { rows: [{ 'first name': 'A' }] },
    { rows: [{ 'first name': 'B' }] },
    ['$.rows[0]["first name"]: "A" → "B"'],
  ],
  [
    'more and less',
    { a: 1, list: [1] },
    { b: null, list: [1, 2n] },
    ['$.a: removed 1', '$.list[1]: added "2n"', '$.b: added null'],
  ],
  ['an undefined key', { a: 1 }, { a: undefined }, ['$.a: 1 → nothing']],
  ['a kind', { a: [1] }, { a: { 0: 1 } }, ['$.a: [1] → {"0":1}']],
  ['equal dates with nanoseconds', new PreciseDate(5, 1), new PreciseDate(5, 1), []],
  [
    'the nanoseconds of a date',
    new PreciseDate(0, 1_000),
    new PreciseDate(0, 2),
    ['$: "1970-01-01T00:00:00.000001Z" → "1970-01-01T00:00:00.000000002Z"'],
  ],
  ['a date', new Date(0), new Date(1), ['$: "1970-01-01T00:00:00.000Z" → "1970-01-01T00:00:00.001Z"']],
  ['elements', new Int8Array([1, 2, 3]), new Int8Array([1, 0, 0]), ['$: 2 of 3 elements of the Int8Array differ']],
  ['the type of an array', new Int8Array(2), new Int16Array(2), ['$: "Int8Array(2)" → "Int16Array(2)"']],
  ['text that is long', 'a'.repeat(100), '', [`$: "${'a'.repeat(59)}… → ""`]],
])('%s', (_what, before, after, expected) => {
  expect(describeChanges(before, after)).toEqual(expected);
});

test('of many changes the first are told, and how many more there are', () => {
  const lines = describeChanges(
    Array.from({ length: 100 }, () => 0),
    Array.from({ length: 100 }, () => 1),
  );
  expect(lines).toHaveLength(31);
  expect(lines.at(-1)).toBe('… and 70 more');
});
