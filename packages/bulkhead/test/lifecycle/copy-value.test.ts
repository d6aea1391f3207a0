import { runInNewContext } from 'node:vm';
import { NdArray } from '@bulkhead/protocol';
import { expect, test } from 'vitest';
import { copyValue, UncopyableError } from '../../src/lifecycle/copy-value.ts';

test('a copy shares nothing with the value', () => {
  const value = {
    list: [1, ['two'], { three: 3n }],
    when: new Date(5),
    bytes: Buffer.from('bytes'),
    raw: new Uint8Array([1]).buffer,
    vector: new Float64Array([1, 2]).subarray(1),
    matrix: new NdArray(new Int8Array(4), [2, 2]),
    nothing: [null, undefined],
  };
  const copy = copyValue(value);
  expect(copy).toStrictEqual(value);
  const parts = (of: typeof value): readonly object[] => [
    of,
    of.list,
    of.list[1] as object,
    of.list[2] as object,
    of.when,
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
