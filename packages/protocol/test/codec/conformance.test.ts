import { describe, expect, test } from 'vitest';
import { CodecError } from '../../src/codec/codec-error.ts';
import { decode } from '../../src/codec/decode.ts';
import { FrameDecoder } from '../../src/codec/frame-decoder.ts';
import { encode, FrameEncoder } from '../../src/codec/frame-encoder.ts';
import { bytesOf, conformance, isEncodedHere, valueOf } from './conformance-value.ts';

function refusalOf(action: () => unknown): CodecError {
  try {
    action();
  } catch (error) {
    expect(error).toBeInstanceOf(CodecError);
    return error as CodecError;
  }
  throw new Error('nothing was refused');
}

describe('conformance: values', () => {
  test.each(conformance.values)('$name', ({ bytes, value, encode: encodes }) => {
    expect(decode(bytesOf(bytes))).toStrictEqual(valueOf(value));
    if (isEncodedHere(encodes)) expect(Buffer.from(encode(valueOf(value))).equals(bytesOf(bytes))).toBe(true);
  });
});

describe('conformance: refused bytes', () => {
  test.each(conformance.decode_refused)('$name', ({ bytes, reason, path }) => {
    const error = refusalOf(() => decode(bytesOf(bytes)));
    expect(error.reason).toBe(reason);
    if (path !== undefined) expect(error.path).toBe(path);
    expect(error.message).toContain(error.path);
  });
});

function nested(levels: number): unknown {
  let value: unknown = [];
  for (let level = 1; level < levels; level++) value = [value];
  return value;
}

const CONSTRUCTS: Readonly<Record<string, () => unknown>> = {
  set: () => new Set([1]),
  function: () => function named() {},
  class_instance: () =>
    new (class Point {
      x = 1;
    })(),
  error: () => new TypeError('no'),
  integer_above_uint64: () => 2n ** 64n,
  integer_below_int64: () => -(2n ** 63n) - 1n,
  lone_surrogate: () => 'a\ud800',
  lone_surrogate_in_long_text: () => `${'a'.repeat(100)}\udc00${'é'.repeat(100)}`,
  lone_surrogate_key: () => ({ '\ud800': 1 }),
  cyclic_list: () => {
    const list: unknown[] = [];
    list.push(list);
    return list;
  },
  cyclic_map: () => {
    const map: Record<string, unknown> = {};
    map['a'] = map;
    return map;
  },
  too_deep: () => nested(255),
  invalid_instant: () => new Date(NaN),
  instant_after_9999: () => new Date(253_402_300_800_000),
  map_object: () => new Map([[1, 2]]),
  symbol: () => Symbol('s'),
  data_view: () => new DataView(new ArrayBuffer(1)),
  promise: () => Promise.resolve(1),
  regexp: () => /a/,
};

describe('conformance: refused values', () => {
  const here = conformance.encode_refused.filter(({ languages }) => languages?.includes('typescript') ?? true);
  test.each(here)('$name', ({ construct, reason, path }) => {
    const error = refusalOf(() => encode([0, { value: CONSTRUCTS[construct]!() }]));
    expect(error.reason).toBe(reason);
    expect(error.path).toBe(path);
    if (reason === 'unsupported_type') expect(error.message).toMatch(/; send ./);
  });
});

describe('conformance: bodies', () => {
  test.each(conformance.bodies)('$name', ({ value, threshold, bytes, bodies, encode: encodes }) => {
    const payload = bytesOf(bytes);
    const length = Buffer.alloc(4);
    length.writeUInt32LE(payload.length);
    const frame = Buffer.concat([length, payload]);
    if (isEncodedHere(encodes)) {
      const encoder = new FrameEncoder();
      const sent = encoder.append(valueOf(value) as unknown[], threshold);
      expect(Buffer.from(encoder.take())).toStrictEqual(frame);
      expect(sent.map((body) => Buffer.from(body))).toStrictEqual(bodies.map(bytesOf));
    }
    const messages: unknown[] = [];
    const decoder = new FrameDecoder({
      frame: (message) => messages.push(message),
      refused: (error) => {
        throw error;
      },
    });
    decoder.push(Buffer.concat([frame, ...bodies.map(bytesOf)]));
    expect(messages).toStrictEqual([valueOf(value)]);
  });
});
