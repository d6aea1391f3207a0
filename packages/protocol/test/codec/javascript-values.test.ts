import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { NdArray } from '../../src/codec/array.ts';
import { CodecError } from '../../src/codec/codec-error.ts';
import { decode } from '../../src/codec/decode.ts';
import { encode } from '../../src/codec/frame-encoder.ts';

const passed = (value: unknown): unknown => decode(encode(value));

describe('JavaScript values', () => {
  test('undefined is nil, and left out of maps of every size', () => {
    expect(passed(undefined)).toBeNull();
    expect(passed([undefined, 1])).toEqual([null, 1]);
    expect(passed(Array(2))).toEqual([null, null]);
    expect(encode({ a: undefined, b: 1, c: undefined })).toStrictEqual(encode({ b: 1 }));
    const large = Object.fromEntries(
      Array.from({ length: 20 }, (_, index) => [`k${index}`, index < 7 ? undefined : index]),
    );
    expect(encode(large)).toStrictEqual(encode(JSON.parse(JSON.stringify(large))));
  });

  test('bigint takes the smallest form and comes back as number where that is exact', () => {
    expect(encode(5n)).toStrictEqual(encode(5));
    expect(passed(-(2n ** 53n) + 1n)).toBe(-(2 ** 53) + 1);
    expect(passed(2n ** 53n)).toBe(2n ** 53n);
  });

  test('bytes of every kind', () => {
    const bytes = new Uint8Array([1, 2, 3]);
    expect(passed(Buffer.from(bytes))).toStrictEqual(bytes);
    expect(passed(bytes.buffer)).toStrictEqual(bytes);
    expect(passed(bytes.subarray(1, 2))).toStrictEqual(new Uint8Array([2]));
    expect(passed(new Uint8ClampedArray([1]))).toStrictEqual(new Uint8Array([1]));
    expect(encode(new Uint8ClampedArray([1]))[0]).toBe(0xc7);
  });

  test('a part of a typed array', () => {
    expect(passed(new Float64Array([1, 2, 3]).subarray(1))).toStrictEqual(new Float64Array([2, 3]));
  });

  test('memory that was transferred away is refused', () => {
    const bytes = new Uint8Array(8);
    structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
    expect(() => encode(bytes)).toThrow(CodecError);
  });

  test('objects without prototype, of another realm, and what resembles them', () => {
    expect(passed(Object.assign(Object.create(null), { a: 1 }))).toStrictEqual({ a: 1 });
    expect(passed(runInNewContext('({ a: [1, new Uint8Array([1]), new Date(5), new Int8Array([2])] })'))).toStrictEqual(
      { a: [1, new Uint8Array([1]), new Date(5), new Int8Array([2])] },
    );
    expect(() => encode(Object.create({ a: 1 }))).toThrow(CodecError);
    expect(() => encode(runInNewContext('new Set()'))).toThrow('[...set]');
  });

  test('an NdArray checks its parts', () => {
    expect(() => new NdArray(new Float32Array(3), [2, 2])).toThrow(RangeError);
    expect(() => new NdArray(new Float32Array(4), [-2, -2])).toThrow(RangeError);
    expect(() => new NdArray(new Float32Array(2), [2], 'float64')).toThrow(TypeError);
    expect(new NdArray(new Uint8Array(2), [1, 2]).dtype).toBe('uint8');
  });

  test('a decoded __proto__ pollutes nothing', () => {
    const value = decode(Buffer.from('81a95f5f70726f746f5f5f81a161c3', 'hex')) as Record<string, unknown>;
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(value['a']).toBeUndefined();
    expect(Object.keys(value)).toEqual(['__proto__']);
  });

  test('keys with equal hash slots are told apart', () => {
    const map = Object.fromEntries(Array.from({ length: 5000 }, (_, index) => [`key ${index}`, index]));
    expect(passed([map, map])).toEqual([map, map]);
  });
});
