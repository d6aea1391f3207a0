import { Buffer } from 'node:buffer';
import { Duplex, type Readable, type Writable } from 'node:stream';
import type { Channel } from '@bulkhead/protocol';
import type { ByteStream } from './byte-stream.ts';
import { ForeignBytes } from './foreign-bytes.ts';

/** The longest segment that is sent: control waits for no more than that. */
const SEGMENT_BYTES = 65_536;
/** The number of the channel, and 24 bits of length, little-endian; see the protocol, "One stream". */
const HEAD_BYTES = 4;
/** Up to this size copying is cheaper than a second buffer for the kernel. */
const COPIED_BYTES = 16_384;

const CHANNELS: readonly Channel[] = ['data', 'control'];

interface Writing {
  readonly chunk: Uint8Array;
  offset: number;
  /** To be called when the memory of the chunk is not needed any more. */
  readonly done: () => void;
}

/** Both channels over one stream in each direction, cut into segments: for instances that have nothing else. */
export function splitStream(readable: Readable, writable: Writable): Readonly<Record<Channel, ByteStream>> {
  const { data, control } = new OneStream(readable, writable);
  return { data, control };
}

class OneStream {
  readonly data: ChannelStream;
  readonly control: ChannelStream;
  readonly #readable: Readable;
  readonly #writable: Writable;
  readonly #channels: readonly ChannelStream[];
  /** Those whose reader has enough for now: nothing more is read for any. */
  readonly #full = new Set<ChannelStream>();
  #isWriting = false;
  /** Of the segment that is being read. */
  #head = Buffer.alloc(0);
  #channel: ChannelStream | undefined;
  #left = 0;

  constructor(readable: Readable, writable: Writable) {
    this.#readable = readable;
    this.#writable = writable;
    this.#channels = CHANNELS.map(
      () =>
        new ChannelStream({
          read: (channel) => this.#goOn(channel),
          write: () => this.#write(),
          destroyed: () => this.#destroyed(),
        }),
    );
    [this.data, this.control] = this.#channels as [ChannelStream, ChannelStream];
    readable.on('data', (chunk: Buffer) => this.#read(chunk));
    readable.pause();
    const end = (): void => this.#channels.forEach((channel) => channel.receive(null));
    readable.once('end', end).once('close', end).on('error', end);
    // What can't be written is dropped: the end of the other direction tells that the peer is gone.
    writable.on('error', () => this.#written());
  }

  #goOn(channel: ChannelStream): void {
    this.#full.delete(channel);
    if (this.#full.size === 0) this.#readable.resume();
  }

  #read(chunk: Buffer): void {
    let rest = chunk;
    while (rest.length > 0) {
      if (this.#left > 0) {
        const piece = rest.subarray(0, this.#left);
        rest = rest.subarray(piece.length);
        this.#left -= piece.length;
        this.#deliver(piece);
        continue;
      }
      const missing = HEAD_BYTES - this.#head.length;
      this.#head = Buffer.concat([this.#head, rest.subarray(0, missing)]);
      if (this.#head.length < HEAD_BYTES) return;
      const [number = 0] = this.#head;
      this.#channel = this.#channels[number];
      if (this.#channel === undefined) return this.#fail(Buffer.concat([this.#head, rest.subarray(missing)]));
      this.#left = this.#head.readUIntLE(1, 3);
      this.#head = Buffer.alloc(0);
      rest = rest.subarray(missing);
      if (this.#left === 0) this.#channel.receive(null);
    }
  }

  #deliver(piece: Buffer): void {
    const channel = this.#channel;
    if (channel === undefined || channel.receive(piece)) return;
    this.#full.add(channel);
    this.#readable.pause();
  }

  #fail(received: Buffer): void {
    const error = new ForeignBytes(received);
    for (const channel of this.#channels) channel.destroy(error);
  }

  /** Control first. One segment at a time, so that control never waits for more. */
  #write(): void {
    while (!this.#isWriting) {
      const channel = this.control.next === undefined ? this.data : this.control;
      const writing = channel.next;
      if (writing === undefined) return;
      const piece = writing.chunk.subarray(writing.offset, writing.offset + SEGMENT_BYTES);
      writing.offset += piece.length;
      const isLast = writing.offset === writing.chunk.length;
      if (isLast) channel.taken();
      this.#send(
        CHANNELS.indexOf(channel === this.data ? 'data' : 'control'),
        piece,
        isLast ? writing.done : undefined,
      );
    }
  }

  #send(channel: number, piece: Uint8Array, done: (() => void) | undefined): void {
    const writable = this.#writable;
    if (writable.destroyed || writable.writableEnded) return done?.();
    const head = Buffer.allocUnsafe(HEAD_BYTES + (piece.length <= COPIED_BYTES ? piece.length : 0));
    head.writeUInt8(channel);
    head.writeUIntLE(piece.length, 1, 3);
    this.#isWriting = true;
    let isSynchronous = true;
    const written = (): void => {
      if (isSynchronous) return;
      done?.();
      this.#written();
    };
    if (piece.length <= COPIED_BYTES) {
      head.set(piece, HEAD_BYTES);
      writable.write(head, written);
    } else {
      writable.cork();
      writable.write(head);
      writable.write(piece, written);
      writable.uncork();
    }
    if (writable.writableLength > 0) {
      isSynchronous = false;
      return;
    }
    // the kernel has taken it at once, and the callback comes in a later tick
    this.#isWriting = false;
    done?.();
  }

  #written(): void {
    this.#isWriting = false;
    this.#write();
  }

  #destroyed(): void {
    if (this.#channels.some(({ destroyed }) => !destroyed)) return;
    this.#readable.destroy();
    this.#writable.destroy();
  }
}

interface ChannelHooks {
  readonly read: (channel: ChannelStream) => void;
  readonly write: () => void;
  readonly destroyed: () => void;
}

/** One of the channels. */
class ChannelStream extends Duplex implements ByteStream {
  readonly #hooks: ChannelHooks;
  readonly #queue: Writing[] = [];
  #hasEnded = false;

  constructor(hooks: ChannelHooks) {
    super({ allowHalfOpen: false });
    this.#hooks = hooks;
  }

  get next(): Writing | undefined {
    return this.#queue[0];
  }

  /** The next has been sent to its last byte. */
  taken(): void {
    this.#queue.shift();
  }

  /** @returns whether its reader takes more at once; null is the end */
  receive(piece: Buffer | null): boolean {
    if (this.#hasEnded || this.destroyed) return true;
    this.#hasEnded = piece === null;
    return this.push(piece) || piece === null;
  }

  destroySoon(): void {
    if (this.writable) this.end();
    if (this.writableFinished) this.destroy();
    else this.once('finish', () => this.destroy());
  }

  override _read(): void {
    this.#hooks.read(this);
  }

  override _write(chunk: Uint8Array, _encoding: BufferEncoding, done: () => void): void {
    this.#queue.push({ chunk, offset: 0, done });
    this.#hooks.write();
  }

  /** A segment without content is the end of the channel. */
  override _final(done: () => void): void {
    this.#queue.push({ chunk: new Uint8Array(0), offset: 0, done });
    this.#hooks.write();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#queue.length = 0;
    done(error);
    this.#hooks.destroyed();
  }
}
