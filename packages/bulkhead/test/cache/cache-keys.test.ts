import { encode, NdArray, PreciseDate } from '@bulkhead/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CacheKeys } from '../../src/cache/cache-keys.ts';

const keys = new CacheKeys();
const key = (input: unknown): string | undefined => keys.of('scope', input);

test.each<[string, unknown, unknown]>([
  ['the order of keys', { a: 1, b: { c: 2, d: 3 } }, { b: { d: 3, c: 2 }, a: 1 }],
  ['the order of keys in a list', [{ a: 1, b: 2 }], [{ b: 2, a: 1 }]],
  ['keys that are numbers', { b: 1, 10: 2, 9: 3 }, { 9: 3, 10: 2, b: 1 }],
  ['a key named __proto__', JSON.parse('{"b": 1, "__proto__": 2}'), JSON.parse('{"__proto__": 2, "b": 1}')],
  ['undefined and a missing key', { a: 1, b: undefined }, { a: 1 }],
  ['undefined and null in a list', [undefined], [null]],
  ['1 and 1.0, which JavaScript does not tell apart', 1, 1.0],
  ['a bigint and the number that it is', 1n, 1],
  ['bytes, whatever they lie in', new Uint8Array([1, 2]), Buffer.from([1, 2])],
  ['bytes and a view of them', new Uint8Array([0, 1, 2]).subarray(1), new Uint8Array([1, 2]).buffer],
  ['an array of one dimension and its NdArray', new Int16Array([1, 2]), new NdArray(new Int16Array([1, 2]), [2])],
  ['two NaN', Number.NaN, 0 / 0],
])('%s makes no difference', (_name, one, other) => {
  expect(key(one)).toBe(key(other));
  expect(key(one)).toBeDefined();
});

test.each<[string, unknown, unknown]>([
  ['−0 and 0', -0, 0],
  ['a number and its text', 1, '1'],
  ['a large bigint and the nearest number', 2n ** 60n + 1n, 2 ** 60],
  ['nothing and false', null, false],
  ['a list and an object', ['a'], { 0: 'a' }],
  ['the order in a list', [1, 2], [2, 1]],
  ['bytes and text', new Uint8Array([65]), 'A'],
  ['bytes and a list of numbers', new Uint8Array([1]), [1]],
  ['arrays of different type', new Int8Array([1]), new Uint8ClampedArray([1])],
  ['arrays of different shape', new NdArray(new Int8Array(4), [2, 2]), new NdArray(new Int8Array(4), [4])],
  ['a date and its number', new Date(5), 5],
  ['a date and one a little later', new Date(5), new PreciseDate(5, 1)],
  [
    'where a large value ends',
    [new Uint8Array(70_000), new Uint8Array(80_000)],
    [new Uint8Array(80_000), new Uint8Array(70_000)],
  ],
  ['what is in a large value', new Uint8Array(70_000), new Uint8Array(70_000).fill(1)],
])('%s are told apart', (_name, one, other) => {
  expect(key(one)).not.toBe(key(other));
});

test('another scope is another key', () => {
  expect(keys.of('1.0', 'input')).not.toBe(keys.of('1.1', 'input'));
});

const plain = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.string(),
    fc.double(),
    fc.boolean(),
    fc.constant(null),
    fc.constant(undefined),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.string(), tie('value'), { maxKeys: 5 }),
  ),
})).value;

test('keys are equal exactly when the plugin would be sent the same', () => {
  fc.assert(
    fc.property(plain, plain, (one, other) => {
      const isSame = Buffer.compare(encode(sorted(one)), encode(sorted(other))) === 0;
      expect(key(one) === key(other)).toBe(isSame);
    }),
  );
});

test('the order of keys never makes a difference, and the input is left as it is', () => {
  fc.assert(
    fc.property(plain, (input) => {
      const before = structuredClone(input);
      expect(key(turned(input))).toBe(key(input));
      expect(input).toEqual(before);
    }),
  );
});

/** Written without care for speed, unlike what it is compared with. */
function sorted(value: unknown): unknown {
  return rebuilt(value, (names) => names.toSorted());
}

function turned(value: unknown): unknown {
  return rebuilt(value, (names) => names.toReversed());
}

function rebuilt(value: unknown, order: (names: string[]) => string[]): unknown {
  if (Array.isArray(value)) return value.map((element) => rebuilt(element, order));
  if (typeof value !== 'object' || value === null) return value;
  const copy = Object.create(null) as Record<string, unknown>;
  for (const name of order(Object.keys(value))) copy[name] = rebuilt((value as Record<string, unknown>)[name], order);
  return copy;
}
