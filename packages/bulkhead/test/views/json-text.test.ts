import { NdArray } from '@bulkhead/protocol';
import { describe, expect, test } from 'vitest';
import { jsonText } from '../../src/views/json-text.ts';
import { parseJson } from '../../src/views/parse-json.ts';

const compact = (value: unknown): string => jsonText(value, { pretty: false });

describe('jsonText', () => {
  test.each([
    [new Float64Array([1, 0.5, Number.NaN]), '[1,0.5,null]'],
    [new BigInt64Array([2n ** 62n, -1n]), '[4611686018427387904,-1]'],
    [new NdArray(new Int32Array([1, 2, 3, 4, 5, 6]), [3, 2]), '[[1,2],[3,4],[5,6]]'],
    [new NdArray(new Uint8Array([1, 0]), [2], 'bool'), '[true,false]'],
    [new NdArray(new Uint8Array([1, 0]), [1, 2]), '[[1,0]]'],
    [
      new NdArray(new Uint16Array([0x3c00, 0xc000, 0x0001, 0x7c00]), [4], 'float16'),
      '[1,-2,5.960464477539063e-8,null]',
    ],
    [new NdArray(new Float32Array([7]), []), '7'],
    [new NdArray(new Float32Array([]), [0, 3]), '[]'],
    [new Uint8Array([1, 2]), '{"$bytes":"AQI="}'],
    [{ a: undefined, b: -0, c: 10n ** 20n }, '{"b":0,"c":100000000000000000000}'],
  ])('%# writes %s', (value, written) => {
    expect(compact(value)).toBe(written);
  });

  test('agrees with JSON.stringify on what JSON has words for', () => {
    const value = { text: 'ä"\n', list: [1, -2.5e300, true, null, []], map: { '': {}, __proto__x: 1 } };
    expect(compact(value)).toBe(JSON.stringify(value));
  });

  test('escapes what a terminal would obey, or would show in another order', () => {
    const value = { 'key\u009b': 'a\u001b[2J \u007f \u202egnp.exe \u2028' };
    const text = compact(value);
    expect(text).toBe(String.raw`{"key\u009b":"a\u001b[2J \u007f \u202egnp.exe \u2028"}`);
    expect(JSON.parse(text)).toEqual(value);
  });

  test('keeps on one line what fits, when it is to be read', () => {
    const text = jsonText(
      { short: [1, 2, 3], long: ['x'.repeat(30), 'y'.repeat(30)], empty: {} },
      { pretty: true, columns: 60 },
    );
    expect(text).toBe(
      `{\n  "short": [1, 2, 3],\n  "long": [\n    "${'x'.repeat(30)}",\n    "${'y'.repeat(30)}"\n  ],\n  "empty": {}\n}`,
    );
  });
});

describe('parseJson', () => {
  test('rounds no integer', () => {
    expect(parseJson('[9007199254740993, -9007199254740993, 9007199254740991, 1e20, "9007199254740993"]')).toEqual([
      9007199254740993n,
      -9007199254740993n,
      9007199254740991,
      1e20,
      '9007199254740993',
    ]);
  });

  test('reads bytes', () => {
    expect(parseJson('{"a": {"$bytes": "AQI="}, "b": {"$bytes": 1}, "c": {"$bytes": "", "d": 1}}')).toEqual({
      a: new Uint8Array([1, 2]),
      b: { $bytes: 1 },
      c: { $bytes: '', d: 1 },
    });
  });

  test('tells what is wrong with the text that was given', () => {
    expect(() => parseJson('{"a": 9007199254740993')).toThrow(SyntaxError);
  });
});
