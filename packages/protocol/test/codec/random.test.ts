import { expect, test } from 'vitest';
import { NdArray } from '../../src/codec/array.ts';
import { CodecError } from '../../src/codec/codec-error.ts';
import { decode } from '../../src/codec/decode.ts';
import { encode } from '../../src/codec/frame-encoder.ts';

/** A linear congruential generator (constants of Numerical Recipes): a fixed seed gives fixed tests. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const random = randomFrom(20_260_101);
const below = (limit: number): number => Math.floor(random() * limit);
const LETTERS = ['a', 'Z', '0', ' ', '"', '\0', '\u007f', 'é', '日', '\ufffd', '😀', '\u{10ffff}'];
const text = (most: number): string =>
  Array.from({ length: below(most) }, () => LETTERS[below(LETTERS.length)]).join('');
const bytes = (most: number): Uint8Array => Uint8Array.from({ length: below(most) }, () => below(256));

function anyValue(depth: number): unknown {
  switch (below(depth > 4 ? 11 : 13)) {
    case 0:
      return null;
    case 1:
      return random() < 0.5;
    case 2:
      return below(2 ** below(54)) * (random() < 0.5 ? 1 : -1) || 0;
    case 3:
      return BigInt.asUintN(64, 2n ** 63n + BigInt(below(2 ** 53)) * 3n);
    case 4:
      return -(2n ** 53n) - BigInt(below(2 ** 53));
    case 5:
      return (random() - 0.5) * 10 ** (below(600) - 300);
    case 6:
      return text(40);
    case 7:
      return text(400);
    case 8:
      return bytes(random() < 0.1 ? 70_000 : 300);
    case 9:
      return new Date(below(2 ** 47) - 2 ** 45);
    case 10:
      return new NdArray(
        Float32Array.from({ length: 6 }, () => below(1000)),
        [2, 3],
      );
    case 11:
      return Array.from({ length: below(random() < 0.1 ? 40 : 8) }, () => anyValue(depth + 1));
    default:
      return Object.fromEntries(
        Array.from({ length: below(random() < 0.1 ? 40 : 8) }, () => [`k${text(40)}`, anyValue(depth + 1)]),
      );
  }
}

test('random values come back as they were', () => {
  for (let round = 0; round < 400; round++) {
    const value = anyValue(0);
    expect(decode(encode(value))).toStrictEqual(value);
  }
});

test('random damage is refused by a CodecError, or decodes to something that encodes', () => {
  for (let round = 0; round < 1500; round++) {
    const damaged = Buffer.from(encode([anyValue(3), anyValue(3)]));
    for (let count = 1 + below(3); count > 0; count--) damaged[below(damaged.length)] = below(256);
    const input = random() < 0.3 ? damaged.subarray(0, below(damaged.length)) : damaged;
    try {
      encode(decode(input));
    } catch (error) {
      expect(error).toBeInstanceOf(CodecError);
    }
  }
});
