import { describe, expect, test } from 'vitest';
import type { CodecError } from '../../src/codec/codec-error.ts';
import { FrameDecoder, type FrameDecoderOptions, type RefusedFrame } from '../../src/codec/frame-decoder.ts';
import { FrameEncoder } from '../../src/codec/frame-encoder.ts';
import { NdArray } from '../../src/index.ts';

function receive(options: FrameDecoderOptions) {
  const messages: unknown[] = [];
  const refused: { readonly error: CodecError; readonly info: RefusedFrame }[] = [];
  const decoder = new FrameDecoder(
    { frame: (message) => messages.push(message), refused: (error, info) => refused.push({ error, info }) },
    options,
  );
  return { decoder, messages, refused };
}

function frames(messages: readonly (readonly unknown[])[], threshold = Infinity): Buffer {
  const encoder = new FrameEncoder();
  return Buffer.concat(
    messages.flatMap((message) => {
      const bodies = encoder.append(message, threshold);
      return [Buffer.from(encoder.take()), ...bodies];
    }),
  );
}

describe('a decoder that has time for one frame at once', () => {
  const mayGoOn = (): boolean => false;

  test('delivers one, keeps the rest in order, and goes on with it', () => {
    const { decoder, messages } = receive({ mayGoOn });
    decoder.push(
      frames([
        [1, 1],
        [1, 2],
        [1, 3],
      ]),
    );
    expect(messages).toEqual([[1, 1]]);
    expect(decoder.isBehind).toBe(true);
    decoder.push(frames([[1, 4]]));
    expect(messages).toEqual([[1, 1]]);
    while (decoder.isBehind) decoder.goOn();
    expect(messages).toEqual([
      [1, 1],
      [1, 2],
      [1, 3],
      [1, 4],
    ]);
  });

  test('lets nobody read into a body whose first bytes still wait', () => {
    const { decoder, messages } = receive({ mayGoOn });
    const body = Uint8Array.from({ length: 200 }, (_, index) => index);
    const stream = frames(
      [
        [1, 1],
        [1, 2, body],
      ],
      64,
    );
    decoder.push(stream.subarray(0, stream.length - 150));
    decoder.goOn();
    expect(decoder.isBehind).toBe(true);
    expect(decoder.bodyTarget).toBeUndefined();
    decoder.goOn();
    expect(decoder.bodyTarget).toHaveLength(150);
    decoder.push(stream.subarray(stream.length - 150));
    expect(messages).toEqual([
      [1, 1],
      [1, 2, body],
    ]);
  });

  test('counts the bodies of a refused frame in steps', () => {
    const { decoder, messages, refused } = receive({ mayGoOn, maxValues: 1000 });
    decoder.push(
      frames([
        [1, 7, new Array(200_000).fill(null)],
        [1, 8],
      ]),
    );
    let steps = 0;
    for (; decoder.isBehind; steps += 1) decoder.goOn();
    expect(steps).toBeGreaterThan(3);
    expect(refused).toMatchObject([{ error: { reason: 'too_many_values' }, info: { id: 7, fatal: false } }]);
    expect(messages).toEqual([[1, 8]]);
  });

  test.each([
    ['é', 1],
    ['€', 2],
    ['😀', 3],
  ])('reads a long text in steps, without cutting a character (%s)', (character, shift) => {
    const { decoder, messages } = receive({ mayGoOn });
    const text = 'x'.repeat(shift) + character.repeat(500_000);
    const body = new Uint8Array(100).fill(7);
    decoder.push(
      frames(
        [
          [5, 9, { [text.slice(0, shift + 300_000)]: text, body }],
          [5, 10, 'behind it'],
        ],
        64,
      ),
    );
    let steps = 0;
    for (; decoder.isBehind; steps += 1) decoder.goOn();
    expect(steps).toBeGreaterThan(4);
    expect(messages).toEqual([
      [5, 9, { [text.slice(0, shift + 300_000)]: text, body }],
      [5, 10, 'behind it'],
    ]);
  });

  test('refuses a long text that is not valid where it stands', () => {
    const { decoder, messages, refused } = receive({ mayGoOn });
    const text = 'é'.repeat(1_000_000);
    const frame = frames([[5, 9, { rows: [1, text] }]]);
    frame[frame.length - 1_000_001] = 0xff;
    decoder.push(Buffer.concat([frame, frames([[5, 10, 'behind it']])]));
    while (decoder.isBehind) decoder.goOn();
    expect(refused).toMatchObject([{ error: { reason: 'invalid_text', path: '$[2].rows[1]' }, info: { id: 9 } }]);
    expect(messages).toEqual([[5, 10, 'behind it']]);
  });

  test('delivers nothing once it was stopped', () => {
    const { decoder, messages } = receive({ mayGoOn });
    decoder.push(
      frames([
        [1, 1],
        [1, 2],
      ]),
    );
    decoder.stop();
    decoder.goOn();
    decoder.push(frames([[1, 3]]));
    expect(messages).toEqual([[1, 1]]);
  });
});

describe('a frame over the limit of values', () => {
  const many = (count: number, value: unknown): unknown[] => new Array<unknown>(count).fill(value);

  test.each<[string, unknown]>([
    ['numbers', many(2000, 1)],
    ['empty lists', many(300, [])],
    ['empty maps', many(300, {})],
    ['texts', many(300, 'x'.repeat(20))],
    ['bytes', many(130, new Uint8Array(1))],
    ['instants', many(130, new Date(0))],
    ['arrays', many(33, new Float32Array(1))],
    ['arrays of several dimensions', many(33, new NdArray(new Float32Array(1), [1, 1]))],
    ['large integers', many(300, 2n ** 63n)],
    ['bodies', many(17, new Uint8Array(100))],
    ['keys', Object.fromEntries(many(120, 0).map((_, index) => [`k${index}`, { a: 1, b: 2 }]))],
    ['keys of a large map', Object.fromEntries(many(300, 0).map((_, index) => [`k${index}`, 1]))],
  ])('is refused: %s', (_, value) => {
    const { decoder, messages, refused } = receive({ maxValues: 1000 });
    decoder.push(
      frames(
        [
          [5, 9, value],
          [5, 10, 'behind it'],
        ],
        64,
      ),
    );
    expect(refused).toMatchObject([
      { error: { reason: 'too_many_values', maximum: 1000 }, info: { kind: 5, id: 9, fatal: false } },
    ]);
    expect(messages).toEqual([[5, 10, 'behind it']]);
  });

  test('is none where it just fits', () => {
    const { decoder, messages } = receive({ maxValues: 1000 });
    decoder.push(
      frames([
        [5, 9, many(1000 - 3 - 3, 1)],
        [5, 10, many(1000 - 3 - 2, 1)],
      ]),
    );
    expect(messages).toHaveLength(1);
  });

  test.each(['x', 'é', '😀'])('is no matter of size: a long text counts as any other (%s)', (character) => {
    const { decoder, messages } = receive({ maxValues: 1000 });
    const text = character.repeat(1_000_000);
    decoder.push(frames([[5, 9, { text, also: [text, 7] }]]));
    expect(messages).toEqual([[5, 9, { text, also: [text, 7] }]]);
  });
});

test('a body that there is no memory for fails its message alone', () => {
  const { decoder, refused } = receive({ maxBodyBytes: Number.MAX_SAFE_INTEGER });
  const payload = Buffer.concat([Buffer.from([0x93, 5, 9, 0xd7, 2]), Buffer.alloc(8)]);
  payload.writeBigUInt64LE(2n ** 45n, 5);
  const frame = Buffer.alloc(4 + payload.length);
  frame.writeUInt32LE(payload.length);
  frame.set(payload, 4);
  decoder.push(frame);
  expect(refused).toMatchObject([{ error: { reason: 'out_of_memory' }, info: { kind: 5, id: 9, fatal: false } }]);
});
