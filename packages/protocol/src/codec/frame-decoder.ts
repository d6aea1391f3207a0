import { Buffer } from 'node:buffer';
import { BodyAssembler } from './body-assembler.ts';
import type { BodySink } from './body-reference.ts';
import { asCodecError, CodecError, FrameTooLargeError } from './codec-error.ts';
import { ValueDecoder } from './decoder.ts';
import { FrameAssembler, type OversizedFrame } from './frame-assembler.ts';
import { DEFAULT_MAX_BODY_BYTES, DEFAULT_MAX_FRAME_BYTES, FRAME_HEADER_BYTES } from './limits.ts';
import { scanBodies } from './scan.ts';

/** What is known of a frame that was refused. */
export interface RefusedFrame {
  /** Of the payload, in bytes. */
  readonly length: number;
  /** The first two elements, where they could be read and are unsigned integers: enough to fail that call. */
  readonly kind?: number;
  readonly id?: number;
  /** Where the next frame begins can't be known: the connection has to be closed, nothing more will be delivered. */
  readonly fatal: boolean;
}

/** Gets what a FrameDecoder finds. */
export interface FrameReceiver {
  frame(message: unknown[]): void;
  /** A FrameTooLargeError or BodyTooLargeError names the limit. */
  refused(error: CodecError, info: RefusedFrame): void;
  /**
   * Memory for the first binary value or array of a message whose bodies are about to come. It is asked for again before each
   * write: once it is not there any more nothing is written to it, and the message is refused.
   */
  memoryFor?(message: readonly unknown[]): Uint8Array | undefined;
}

export interface FrameDecoderOptions {
  readonly maxFrameBytes?: number;
  /** Each body. */
  readonly maxBodyBytes?: number;
}

/** Turns chunks of a byte stream into messages. Stays in step after frames that are refused. */
export class FrameDecoder {
  readonly #receiver: FrameReceiver;
  readonly #maxFrameBytes: number;
  readonly #maxBodyBytes: number;
  readonly #decoder: ValueDecoder = new ValueDecoder();
  readonly #frame: FrameAssembler = new FrameAssembler();
  readonly #bodies: BodyAssembler = new BodyAssembler();
  /** Copies of what arrived while a receiver was running: it may push again, or throw in the middle of a chunk. */
  readonly #waiting: Buffer[] = [];
  #sink: BodySink;
  #isBusy = false;
  #isLost = false;
  /** Bytes to step over before anything is read again. */
  #skip = 0;
  /** Length of the frame whose bodies are being received. */
  #bodiesFrame = 0;

  constructor(receiver: FrameReceiver, options: FrameDecoderOptions = {}) {
    this.#receiver = receiver;
    this.#maxFrameBytes = options.maxFrameBytes ?? DEFAULT_MAX_FRAME_BYTES;
    this.#maxBodyBytes = options.maxBodyBytes ?? DEFAULT_MAX_BODY_BYTES;
    this.#sink = { references: [], maxBodyBytes: this.#maxBodyBytes };
  }

  /**
   * Takes the next bytes of the stream; nothing of the chunk is needed once this has returned. Frames that it completes are
   * delivered before that, in order. What a receiver throws is thrown here; the rest of the chunk is kept for the next push.
   */
  push(chunk: Uint8Array): void {
    const bytes = asBuffer(chunk);
    if (this.#isBusy || this.#waiting.length > 0) this.#waiting.push(Buffer.from(bytes));
    if (this.#isBusy) return;
    this.#isBusy = true;
    try {
      if (this.#waiting.length === 0) this.#consume(bytes);
      for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) this.#consume(next);
    } finally {
      this.#isBusy = false;
      this.#decoder.unload();
    }
  }

  /**
   * While a body is being received: where its missing bytes belong, so that a socket can read straight into it. Never memory
   * that the receiver gave: a socket is told where to read to long before it does, and until then that may be wanted back.
   */
  get bodyTarget(): Uint8Array | undefined {
    return this.#bodies.isGiven ? undefined : this.#bodies.target;
  }

  /** Says that the first `bytes` bytes of `bodyTarget` were filled. */
  bodyFilled(bytes: number): void {
    const target = this.#bodies.target;
    if (target === undefined) throw new Error('no body is being received');
    if (!(bytes >= 0 && bytes <= target.length))
      throw new RangeError(`the body lacks ${target.length} bytes, not ${bytes}`);
    const message = this.#bodies.filled(bytes);
    if (message !== undefined) this.#receiver.frame(message);
    else if (this.#bodies.isWithdrawn) this.#refuseWithdrawn();
  }

  /** The offset is moved on before anything is delivered, so that a receiver that throws leaves the stream in step. */
  #consume(chunk: Buffer): void {
    let offset = 0;
    try {
      while (offset < chunk.length && !this.#isLost) {
        const start = offset;
        if (this.#bodies.isWithdrawn) this.#refuseWithdrawn();
        const target = this.#bodies.target;
        if (target !== undefined) {
          offset += Math.min(target.length, chunk.length - offset);
          target.set(chunk.subarray(start, offset));
          this.bodyFilled(offset - start);
        } else if (this.#skip > 0) {
          offset += Math.min(this.#skip, chunk.length - offset);
          this.#skip -= offset - start;
        } else {
          const end = this.#frame.isEmpty ? wholeFrameEnd(chunk, offset, this.#maxFrameBytes) : Infinity;
          if (end <= chunk.length) {
            offset = end;
            this.#decode(chunk, start + FRAME_HEADER_BYTES, end);
          } else {
            offset = this.#frame.add(chunk, offset, this.#maxFrameBytes);
            this.#takeAssembled();
          }
        }
      }
    } finally {
      if (offset < chunk.length && !this.#isLost) this.#waiting.unshift(Buffer.from(chunk.subarray(offset)));
    }
  }

  #takeAssembled(): void {
    const { assembled, oversized } = this.#frame;
    if (assembled === undefined && oversized === undefined) return;
    this.#frame.clear();
    if (assembled !== undefined) this.#decode(assembled, 0, assembled.length);
    if (oversized !== undefined) this.#refuseOversized(oversized);
  }

  #decode(bytes: Buffer, start: number, end: number): void {
    const message: unknown[] = [];
    const { references } = this.#sink;
    try {
      this.#decoder.load(bytes, start, end, this.#sink);
      this.#decoder.message(message);
    } catch (error) {
      references.length = 0;
      this.#refuse(asCodecError(error, 'decode'), message, bytes, start, end);
      return;
    }
    if (references.length === 0) {
      this.#receiver.frame(message);
      return;
    }
    this.#sink = { references: [], maxBodyBytes: this.#maxBodyBytes };
    this.#bodiesFrame = end - start;
    const complete = this.#bodies.begin(message, references, () => this.#receiver.memoryFor?.(message));
    if (complete !== undefined) this.#receiver.frame(complete);
  }

  #refuse(error: unknown, message: readonly unknown[], bytes: Buffer, start: number, end: number): void {
    if (!(error instanceof CodecError)) throw error;
    const scan = scanBodies(bytes, start, end);
    const fatal = !scan.isSound && scan.bodies > 0;
    if (scan.isSound) this.#skip = scan.bodyBytes;
    if (fatal) {
      this.#isLost = true;
      this.#waiting.length = 0;
    }
    this.#receiver.refused(error, { length: end - start, ...kindAndId(message), fatal });
  }

  #refuseWithdrawn(): void {
    const { message } = this.#bodies;
    this.#skip = this.#bodies.abandon();
    this.#receiver.refused(
      new CodecError('memory_withdrawn', '$', 'the memory for its answer was taken away while that was being received'),
      { length: this.#bodiesFrame, ...kindAndId(message), fatal: false },
    );
  }

  #refuseOversized({ length, start }: OversizedFrame): void {
    this.#skip = length - start.length;
    const message: unknown[] = [];
    try {
      this.#decoder.load(start, 0, start.length, undefined);
      this.#decoder.messageHead(message);
    } catch {
      // Then the refusal carries no kind and id; what it says is about the length.
    }
    this.#receiver.refused(new FrameTooLargeError(length, this.#maxFrameBytes), {
      length,
      ...kindAndId(message),
      fatal: false,
    });
  }
}

function asBuffer(chunk: Uint8Array): Buffer {
  return Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
}

/** Where the frame at `offset` ends; Infinity if that can't be told yet or it is over the limit. */
function wholeFrameEnd(chunk: Buffer, offset: number, maximum: number): number {
  if (chunk.length - offset < FRAME_HEADER_BYTES) return Infinity;
  const length = chunk.readUInt32LE(offset);
  return length > maximum ? Infinity : offset + FRAME_HEADER_BYTES + length;
}

function kindAndId(message: readonly unknown[]): { kind?: number; id?: number } {
  const [kind, id] = message;
  return { ...(isUnsigned(kind) ? { kind } : {}), ...(isUnsigned(id) ? { id } : {}) };
}

function isUnsigned(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
