import { describe, expect, test } from 'vitest';
import { NdArray, type TypedArray } from '../../src/codec/array.ts';
import { FrameDecoder, type RefusedFrame } from '../../src/codec/frame-decoder.ts';
import { FrameEncoder } from '../../src/codec/frame-encoder.ts';
import { moveIntoMemory } from '../../src/codec/given-memory.ts';

const THRESHOLD = 8;

/** Receives one value after the other as a session does: bodies on their way in, the rest once the message is there. */
class Receiver {
  memory: Uint8Array | undefined;
  readonly values: unknown[] = [];
  readonly refused: (RefusedFrame & { reason: string })[] = [];
  readonly decoder: FrameDecoder = new FrameDecoder({
    frame: (message) => {
      if (this.memory !== undefined) moveIntoMemory(message, this.memory);
      this.values.push(message[2]);
    },
    refused: ({ reason }, info) => this.refused.push({ ...info, reason }),
    memoryFor: () => this.memory,
  });

  constructor(memory: Uint8Array | undefined) {
    this.memory = memory;
  }

  take(value: unknown): unknown {
    this.decoder.push(encoded(value));
    return this.values.pop();
  }
}

function encoded(value: unknown): Buffer {
  const encoder = new FrameEncoder();
  const bodies = encoder.append([5, 1, value], THRESHOLD);
  return Buffer.concat([encoder.take(), ...bodies]);
}

describe('memory given for an answer', () => {
  test.each([
    new Uint8Array([1, 2, 3]),
    Uint8Array.from({ length: 100 }, (_, index) => index),
    new Int8Array([-1]),
    new Int16Array(40).fill(-3),
    new Uint16Array([1]),
    new Int32Array(9).fill(7),
    new Uint32Array([2 ** 31]),
    new BigInt64Array(12).fill(-5n),
    new BigUint64Array([2n ** 63n]),
    new Float32Array(5).fill(0.5),
    new Float64Array(33).fill(1 / 3),
    new Float64Array(0),
  ])('holds a $constructor.name, inside the frame or behind it', (value: TypedArray) => {
    const memory = new Uint8Array(1024).fill(255);
    const answer = new Receiver(memory).take(value) as TypedArray;
    expect(answer).toEqual(value);
    expect(answer.buffer).toBe(memory.buffer);
    expect(memory.subarray(value.byteLength).every((byte) => byte === 255)).toBe(true);
  });

  test('holds the elements of an array with several dimensions', () => {
    for (const size of [1, 50]) {
      const memory = new Uint8Array(1024);
      const value = new NdArray(new Uint16Array(2 * size).fill(0x3c00), [2, size], 'float16');
      const answer = new Receiver(memory).take({ value }) as { value: NdArray };
      expect(answer).toEqual({ value });
      expect(answer.value.data.buffer).toBe(memory.buffer);
    }
  });

  test('is for the first, small or large, in the order in which JavaScript lists them', () => {
    const memory = new Uint8Array(64);
    const [small, large] = [new Uint8Array(2).fill(1), new Uint8Array(20).fill(2)];
    const receiver = new Receiver(memory);
    const isThere = (value: Uint8Array): boolean => value.buffer === memory.buffer;
    const first = receiver.take({ rows: ['x', new Date(0), { small }], large }) as {
      rows: [string, Date, { small: Uint8Array }];
      large: Uint8Array;
    };
    expect(first).toEqual({ rows: ['x', new Date(0), { small }], large });
    expect([isThere(first.rows[2].small), isThere(first.large)]).toEqual([true, false]);
  });

  test('is left alone by what does not fit or would not be aligned', () => {
    const memory = new Uint8Array(new ArrayBuffer(33), 1).fill(9);
    const receiver = new Receiver(memory);
    for (const value of [new Uint8Array(33), new Int16Array(1), new Float64Array(4), 'text', { rows: [[], {}] }]) {
      expect(receiver.take(value)).toEqual(value);
      expect(memory.every((byte) => byte === 9)).toBe(true);
    }
  });

  test('that is taken back is not written to any more, and the stream stays in step', () => {
    const message = encoded({ before: 'x', first: new Uint8Array(40).fill(1), second: new Uint8Array(40).fill(2) });
    for (let taken = message.length - 80; taken < message.length; taken += 1) {
      const memory = new Uint8Array(64);
      const receiver = new Receiver(memory);
      receiver.decoder.push(message.subarray(0, taken));
      receiver.memory = undefined;
      memory.fill(3);
      receiver.decoder.push(message.subarray(taken));
      expect(memory.every((byte) => byte === 3)).toBe(true);
      expect(receiver.refused).toMatchObject([{ kind: 5, id: 1, fatal: false, reason: 'memory_withdrawn' }]);
      expect(receiver.take('next')).toBe('next');
    }
  });

  test('that was transferred elsewhere meanwhile costs its message, and no more', () => {
    const message = encoded({ first: new Float64Array(5), second: new Uint8Array(40) });
    for (const taken of [message.length - 79, message.length - 40, message.length - 1]) {
      const memory = new Uint8Array(64);
      const receiver = new Receiver(memory);
      receiver.decoder.push(message.subarray(0, taken));
      structuredClone(memory.buffer, { transfer: [memory.buffer] });
      receiver.decoder.push(message.subarray(taken));
      expect(receiver.refused).toMatchObject([{ kind: 5, id: 1, fatal: false }]);
      expect(receiver.take(new Uint8Array(9))).toEqual(new Uint8Array(9));
    }
  });

  test('is never handed to a socket, which would write to it later', () => {
    const message = encoded([new Uint8Array(40), new Uint8Array(40).fill(2)]);
    const receiver = new Receiver(new Uint8Array(64));
    receiver.decoder.push(message.subarray(0, message.length - 79));
    expect(receiver.decoder.bodyTarget).toBeUndefined();
    receiver.decoder.push(message.subarray(message.length - 79, message.length - 40));
    expect(receiver.decoder.bodyTarget).toHaveLength(40);
    receiver.decoder.bodyTarget?.fill(2);
    receiver.decoder.bodyFilled(40);
    expect(receiver.values).toEqual([[new Uint8Array(40), new Uint8Array(40).fill(2)]]);
  });
});
