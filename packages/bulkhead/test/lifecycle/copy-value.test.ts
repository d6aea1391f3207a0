import { runInNewContext } from 'node:vm';
import { NdArray, PreciseDate } from '@bulkhead/protocol';
import { expect, test } from 'vitest';
import { copyValue, UncopyableError } from '../../src/lifecycle/copy-value.ts';

test('a copy shares nothing with the value', () => {
  const value = {
    list: [1, ['two'], { three: 3n }],
    when: new Date(5),
    exactly: new PreciseDate(5, 6),
    shared: new SharedArrayBuffer(2),
    bytes: Buffer.from('bytes'),
    raw: new Uint8Array([1]).buffer,
    vector: new Float64Array([1, 2]).subarray(1),
    matrix: new NdArray(new Int8Array(4), [2, 2]),
    nothing: [null, undefined],
  };
  const copy = copyValue(value);
  expect(copy).toStrictEqual(value);
  expect(copy.exactly.nanoseconds).toBe(6);
  const parts = (of: typeof value): readonly object[] => [
    of,
    of.list,
    of.list[1] as object,
    of.list[2] as object,
    of.when,
    of.exactly,
    of.shared,
    of.bytes.buffer,
    of.raw,
    of.vector.buffer,
    of.matrix,
    of.matrix.data.buffer,
  ];
  for (const [index, part] of parts(copy).entries()) expect(part).not.toBe(parts(value)[index]);
});

test('a plain object of another realm is one', () => {
  const value = runInNewContext('({ a: [new Date(5)] })') as unknown;
  expect(copyValue(value)).toEqual({ a: [new Date(5)] });
});

class Point {
  readonly x = 1;
}
const cycle: unknown[] = [];
cycle.push(cycle);

test.each<[string, unknown, string]>([
  ['$.point', { point: new Point() }, 'a value of class Point'],
  ['$[0]["first name"]', [{ 'first name': new Map() }], 'a value of class Map'],
  ['$.call', { call: () => {} }, 'a function'],
  ['$', Symbol('sign'), 'a symbol'],
  ['$', new DataView(new ArrayBuffer(1)), 'a value of class DataView'],
  ['$', Object.create({ inherited: true }), 'a value of class Object'],
])('at %s there is something that has no copy: %o', (path, value, message) => {
  expect(refusalOf(value)).toMatchObject({ path, message });
});

test('what throws when it is read has its place', () => {
  const broken = (): never => {
    throw new Error('torn');
  };
  const getter = { a: [{ first: 1, key: 2 }] };
  Object.defineProperty(getter.a[0], 'key', { get: broken, enumerable: true });
  expect(refusalOf(getter)).toMatchObject({ path: '$.a[0].key', message: "what can't be read: torn" });
  const proxy = new Proxy({}, { getPrototypeOf: broken });
  expect(refusalOf([proxy])).toMatchObject({ path: '$[0]', cause: { message: 'torn' } });
  expect(refusalOf(proxy)).toMatchObject({ path: '$' });
});

test('neither has what never ends', () => {
  expect(refusalOf(cycle).message).toContain('or a cycle');
});

function refusalOf(value: unknown): UncopyableError {
  try {
    copyValue(value);
  } catch (error) {
    if (error instanceof UncopyableError) return error;
  }
  throw new Error('it was copied');
}
