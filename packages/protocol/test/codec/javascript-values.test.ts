import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { NdArray } from '../../src/codec/array.ts';
import { CodecError } from '../../src/codec/codec-error.ts';
import { decode } from '../../src/codec/decode.ts';
import { encode } from '../../src/codec/frame-encoder.ts';
import { PreciseDate } from '../../src/codec/precise-date.ts';

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

  test('an instant finer than a millisecond is a Date that keeps what a Date has no room for', () => {
    for (const [milliseconds, nanoseconds, iso] of [
      [0, 1_000, '1970-01-01T00:00:00.000001Z'],
      [1_700_000_000_123, 456_000, '2023-11-14T22:13:20.123456Z'],
      [1_700_000_000_123, 456_789, '2023-11-14T22:13:20.123456789Z'],
      [-1, 999_999, '1969-12-31T23:59:59.999999999Z'],
      [253_402_300_799_999, 999_000, '9999-12-31T23:59:59.999999Z'],
      [-62_135_596_800_000, 5, '0001-01-01T00:00:00.000000005Z'],
    ] as const) {
      const exact = passed(new PreciseDate(milliseconds, nanoseconds));
      expect(exact).toBeInstanceOf(PreciseDate);
      expect(exact).toMatchObject({ nanoseconds });
      expect((exact as Date).getTime()).toBe(milliseconds);
      expect(JSON.stringify([exact])).toBe(`["${iso}"]`);
      expect(encode(exact)).toStrictEqual(encode(new PreciseDate(milliseconds, nanoseconds)));
      expect(encode(exact)).not.toStrictEqual(encode(new Date(milliseconds)));
    }
    expect(passed(new PreciseDate(5, 0))).toStrictEqual(new Date(5));
    expect(() => encode(new PreciseDate(NaN, 1))).toThrow(CodecError);
  });

  test.each([-1, 0.5, 1_000_000, NaN])('%d are no nanoseconds within a millisecond', (nanoseconds) => {
    expect(() => new PreciseDate(0, nanoseconds)).toThrow(RangeError);
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
