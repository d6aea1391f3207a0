import { describe, expect, test } from 'vitest';
import { BodyTooLargeError, CodecError, FrameTooLargeError } from '../../src/codec/codec-error.ts';
import { FrameDecoder, type FrameDecoderOptions, type RefusedFrame } from '../../src/codec/frame-decoder.ts';
import { FrameEncoder } from '../../src/codec/frame-encoder.ts';

interface Refused {
  readonly error: CodecError;
  readonly info: RefusedFrame;
}

function receive(options: FrameDecoderOptions = {}): {
  decoder: FrameDecoder;
  messages: unknown[];
  refused: Refused[];
} {
  const messages: unknown[] = [];
  const refused: Refused[] = [];
  const decoder = new FrameDecoder(
    { frame: (message) => messages.push(message), refused: (error, info) => refused.push({ error, info }) },
    options,
  );
  return { decoder, messages, refused };
}

function frameOf(payload: Uint8Array): Buffer {
  const frame = Buffer.alloc(4 + payload.length);
  frame.writeUInt32LE(payload.length);
  frame.set(payload, 4);
  return frame;
}

function encoded(message: readonly unknown[], threshold: number = Infinity): Buffer {
  const encoder = new FrameEncoder();
  const bodies = encoder.append(message, threshold);
  return Buffer.concat([encoder.take(), ...bodies]);
}

const hex = (text: string): Buffer => frameOf(Buffer.from(text.replaceAll(' ', ''), 'hex'));

describe('a batch', () => {
  test('holds frames one behind the other and is empty after take', () => {
    const encoder = new FrameEncoder();
    expect(encoder.append([1, 2], Infinity)).toEqual([]);
    encoder.append([3, 4, 'x'], Infinity);
    expect(encoder.length).toBe(7 + 9);
    const { decoder, messages } = receive();
    decoder.push(Buffer.from(encoder.take()));
    expect(encoder.length).toBe(0);
    expect(messages).toEqual([
      [1, 2],
      [3, 4, 'x'],
    ]);
  });

  test.each([
    ['a refused value', [1, 2, { big: 'y'.repeat(200_000), bad: [new Set()] }], CodecError, '$[2].bad[0]'],
    ['a frame over the limit', [1, 2, 'y'.repeat(300_001)], FrameTooLargeError, '$'],
    ['a frame of many values over the limit', [1, 2, new Array(400_000).fill(1)], FrameTooLargeError, '$'],
    ['a message without id', [1], CodecError, '$'],
  ])('is as it was after %s', (_, message, type, path) => {
    const encoder = new FrameEncoder({ maxFrameBytes: 300_000 });
    encoder.append([1, 1], Infinity);
    expect(() => encoder.append(message, Infinity)).toThrow(type);
    expect(() => encoder.append(message, Infinity)).toThrow(expect.objectContaining({ path }));
    encoder.append([2, 2], Infinity);
    expect(encoder.take()).toStrictEqual(Buffer.concat([encoded([1, 1]), encoded([2, 2])]));
  });

  test('takes a frame of exactly the limit', () => {
    const message = [1, 2, 'é'.repeat(50_000), new Uint8Array(70_000), 1, 2, 3];
    const length = encoded(message).length - 4;
    expect(new FrameEncoder({ maxFrameBytes: length }).append(message, Infinity)).toEqual([]);
    expect(() => new FrameEncoder({ maxFrameBytes: length - 1 }).append(message, Infinity)).toThrow(FrameTooLargeError);
  });

  test('refuses a body over the limit, keeps nothing of it, and hands bodies over without copying', () => {
    const encoder = new FrameEncoder({ maxBodyBytes: 10 });
    expect(() => encoder.append([1, 2, new Uint8Array(5), new Uint8Array(11)], 4)).toThrow(BodyTooLargeError);
    const body = new Float32Array([1, 2]);
    const [sent] = encoder.append([1, 2, body], 4);
    expect(sent?.buffer).toBe(body.buffer);
  });

  test('survives a getter that throws or encodes', () => {
    const encoder = new FrameEncoder();
    expect(() =>
      encoder.append(
        [
          1,
          2,
          {
            get a() {
              throw new RangeError('mine');
            },
          },
        ],
        Infinity,
      ),
    ).toThrow(
      expect.objectContaining({ reason: 'unreadable', path: '$[2].a', cause: expect.any(RangeError) as RangeError }),
    );
    expect(() =>
      encoder.append(
        [
          1,
          2,
          {
            get a() {
              return encoder.append([3, 3], Infinity);
            },
          },
        ],
        Infinity,
      ),
    ).toThrow(/sent by a getter/);
    encoder.append([1, 2], Infinity);
    expect(encoder.take()).toStrictEqual(encoded([1, 2]));
  });
});

describe('a stream', () => {
  const messages = [
    [1, 1, 'a'],
    [2, 2, new Uint8Array(100).fill(7)],
    [3, 3, { list: [new Float64Array([1, 2, 3]), 'b'], data: new Uint8Array(90).fill(9) }],
    [4, 4],
    [5, 5, 'x'.repeat(3000)],
  ];
  const stream = Buffer.concat(messages.map((message) => encoded(message, 20)));

  test.each([1, 2, 3, 5, 7, 64, 1000, 100_000])('is the same in chunks of %d bytes', (size) => {
    const { decoder, messages: received, refused } = receive();
    for (let offset = 0; offset < stream.length; offset += size)
      decoder.push(Uint8Array.from(stream.subarray(offset, offset + size)));
    expect(refused).toEqual([]);
    expect(received).toStrictEqual(messages);
  });

  test('lets bodies be read straight into their memory', () => {
    const { decoder, messages: received } = receive();
    const message = [1, 1, new Uint8Array(50).fill(1), new Int32Array([5, 6])];
    const bytes = encoded(message, 4);
    expect(decoder.bodyTarget).toBeUndefined();
    let offset = bytes.length - 58 + 10;
    decoder.push(bytes.subarray(0, offset));
    while (decoder.bodyTarget !== undefined) {
      const count = Math.min(7, decoder.bodyTarget.length);
      decoder.bodyTarget.set(bytes.subarray(offset, offset + count));
      decoder.bodyFilled(count);
      offset += count;
    }
    expect(received).toStrictEqual([message]);
    expect(() => {
      decoder.bodyFilled(1);
    }).toThrow('no body');
  });

  test('delivers nothing that shares memory with the chunk', () => {
    const { decoder, messages: received } = receive();
    const chunk = encoded([1, 1, new Uint8Array([1, 2]), new Int16Array([3]), 'text that is long enough']);
    decoder.push(chunk);
    chunk.fill(0);
    expect(received).toStrictEqual([[1, 1, new Uint8Array([1, 2]), new Int16Array([3]), 'text that is long enough']]);
    expect((received[0] as Uint8Array[])[2]!.buffer.byteLength).toBe(2);
  });

  test('keeps order when a receiver pushes, and loses nothing when it throws', () => {
    const seen: unknown[] = [];
    const decoder = new FrameDecoder({
      frame(message) {
        seen.push(message[1]);
        if (message[1] === 1) {
          const more = encoded([1, 4]);
          decoder.push(more);
          more.fill(0xc1);
        }
        if (message[1] === 2) throw new Error('mine');
      },
      refused: () => {},
    });
    const chunk = Buffer.concat([encoded([1, 1]), encoded([1, 2]), encoded([1, 3])]);
    expect(() => {
      decoder.push(chunk);
    }).toThrow('mine');
    chunk.fill(0xc1); // the socket reads the next bytes into the same memory
    decoder.push(encoded([1, 5]));
    expect(seen).toEqual([1, 2, 3, 4, 5]);
  });
});

describe('a refused frame', () => {
  test.each([
    ['a key twice', '93 05 07 82a16101a16102', 'duplicate_key', '$[2].a', { kind: 5, id: 7 }],
    ['cut short', '93 05 07', 'truncated', '$', {}],
    ['cut short in the third', '93 05 07 91', 'truncated', '$[2]', { kind: 5, id: 7 }],
    ['trailing', '92 05 07 c0', 'trailing_bytes', '$', { kind: 5, id: 7 }],
    ['a bad id', '93 05 c1 c0', 'reserved_byte', '$[1]', { kind: 5 }],
    ['an id that is text', '93 05 a161 c1', 'reserved_byte', '$[2]', { kind: 5 }],
    ['not an array', '80', 'not_a_message', '$', {}],
    ['one element', '91 05', 'not_a_message', '$', {}],
    ['empty', '', 'not_a_message', '$', {}],
  ])('is reported and stepped over: %s', (_, bytes, reason, path, known) => {
    const { decoder, messages, refused } = receive();
    const frame = hex(bytes);
    decoder.push(Buffer.concat([encoded([1, 1]), frame, encoded([1, 2])]));
    expect(messages).toEqual([
      [1, 1],
      [1, 2],
    ]);
    expect(refused).toHaveLength(1);
    expect(refused[0]!.info).toEqual({ length: frame.length - 4, fatal: false, ...known });
    expect(refused[0]!.error).toMatchObject({ reason, path });
  });

  test.each([1, 3, 50, 100_000])('over the limit is skipped without being held, in chunks of %d', (size) => {
    const { decoder, messages, refused } = receive({ maxFrameBytes: 100 });
    const large = encoded([5, 300, 'z'.repeat(5000)]);
    const stream = Buffer.concat([encoded([1, 1]), large, encoded([1, 2])]);
    for (let offset = 0; offset < stream.length; offset += size)
      decoder.push(Uint8Array.from(stream.subarray(offset, offset + size)));
    expect(messages).toEqual([
      [1, 1],
      [1, 2],
    ]);
    expect(refused).toEqual([
      { error: expect.any(FrameTooLargeError), info: { length: large.length - 4, kind: 5, id: 300, fatal: false } },
    ]);
    expect(refused[0]!.error).toMatchObject({ bytes: large.length - 4, maximum: 100 });
  });

  test("over the limit that isn't a message", () => {
    const { decoder, messages, refused } = receive({ maxFrameBytes: 3 });
    decoder.push(Buffer.concat([hex('a461626364'), encoded([1, 2])]));
    expect(messages).toEqual([[1, 2]]);
    expect(refused[0]!.info).toEqual({ length: 5, fatal: false });
  });

  test('that is sound is stepped over together with its bodies', () => {
    const { decoder, messages, refused } = receive();
    const frame = hex('95 05 07 d7020300000000000000 82a16101a16102 c70a03 0a02 01000000 02000000');
    decoder.push(Buffer.concat([frame, Buffer.alloc(3 + 8), encoded([1, 2])]));
    expect(messages).toEqual([[1, 2]]);
    expect(refused[0]!.info).toEqual({ length: frame.length - 4, kind: 5, id: 7, fatal: false });
  });

  test('whose body is over the limit is stepped over without memory for it', () => {
    const { decoder, messages, refused } = receive({ maxBodyBytes: 1000 });
    const frame = encoded([5, 7, { data: new Uint8Array(2000) }], 1000);
    for (let offset = 0; offset < frame.length; offset += 100) decoder.push(frame.subarray(offset, offset + 100));
    expect(decoder.bodyTarget).toBeUndefined();
    decoder.push(encoded([1, 2]));
    expect(messages).toEqual([[1, 2]]);
    expect(refused[0]!.info).toMatchObject({ kind: 5, id: 7, fatal: false });
    expect(refused[0]!.error).toBeInstanceOf(BodyTooLargeError);
    expect(refused[0]!.error).toMatchObject({ path: '$[2].data', bytes: 2000, maximum: 1000 });
  });

  test('that is broken and had bodies ends the stream', () => {
    const { decoder, messages, refused } = receive();
    decoder.push(Buffer.concat([hex('94 05 07 d7020300000000000000 c1'), encoded([1, 2])]));
    decoder.push(encoded([1, 3]));
    expect(messages).toEqual([]);
    expect(refused).toHaveLength(1);
    expect(refused[0]!.info).toMatchObject({ kind: 5, id: 7, fatal: true });
  });
});
