import { Buffer } from 'node:buffer';
import { BodyAssembler } from './body-assembler.ts';
import type { BodySink } from './body-reference.ts';
import { asCodecError, CodecError, FrameTooLargeError } from './codec-error.ts';
import { ValueDecoder } from './decoder.ts';
import { FrameAssembler, type OversizedFrame } from './frame-assembler.ts';
import { DEFAULT_MAX_BODY_BYTES, DEFAULT_MAX_FRAME_BYTES, DEFAULT_MAX_VALUES, FRAME_HEADER_BYTES } from './limits.ts';
import { LONG_TEXT_BYTES, LongText, LongTextReader, type LongTexts } from './long-text.ts';
import { BodyScan } from './scan.ts';

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
  /** A FrameTooLargeError, BodyTooLargeError or TooManyValuesError names the limit. */
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
  /**
   * What decoding a frame may cost: a number or a short text counts once, a key of a map too; a list, a map or a longer text 4
   * times, bytes and a timestamp 8, a typed array 32, a body 64.
   */
  readonly maxValues?: number;
  /**
   * Whether there is time for more, asked behind each frame. If not, the rest is kept until `goOn`, and `isBehind` says so:
   * thus a chunk full of tiny frames can be worked off in several turns of the event loop.
   */
  readonly mayGoOn?: () => boolean;
}

/** Values that a scan steps over between two looks at the time. */
const SCANNED_TOGETHER = 50_000;

/** Turns chunks of a byte stream into messages. Stays in step after frames that are refused. */
export class FrameDecoder {
  readonly #receiver: FrameReceiver;
  readonly #maxFrameBytes: number;
  readonly #maxBodyBytes: number;
  readonly #mayGoOn: () => boolean;
  readonly #decoder: ValueDecoder = new ValueDecoder();
  readonly #frame: FrameAssembler = new FrameAssembler();
  readonly #bodies: BodyAssembler = new BodyAssembler();
  /**
   * Copies of what arrived while a receiver was running (it may push again, or throw in the middle of a chunk), and what there
   * was no time for.
   */
  readonly #waiting: Buffer[] = [];
  #sink: BodySink;
  #isBusy = false;
  #isBehind = false;
  #isOver = false;
  /** One step of work on a frame that takes several; it removes itself with its last step. */
  #task: (() => void) | undefined;
  /** Bytes to step over before anything is read again. */
  #skip = 0;
  /** Length of the frame whose bodies are being received. */
  #bodiesFrame = 0;

  constructor(receiver: FrameReceiver, options: FrameDecoderOptions = {}) {
    this.#receiver = receiver;
    this.#maxFrameBytes = options.maxFrameBytes ?? DEFAULT_MAX_FRAME_BYTES;
    this.#maxBodyBytes = options.maxBodyBytes ?? DEFAULT_MAX_BODY_BYTES;
    this.#mayGoOn = options.mayGoOn ?? ALWAYS;
    this.#decoder.maxValues = options.maxValues ?? DEFAULT_MAX_VALUES;
    this.#sink = { references: [], maxBodyBytes: this.#maxBodyBytes };
  }

  /** Applies from the next frame on. */
  set maxValues(values: number) {
    this.#decoder.maxValues = values;
  }

  /**
   * Takes the next bytes of the stream; nothing of the chunk is needed once this has returned. Frames that it completes are
   * delivered before that, in order, as far as there is time. An error of a receiver is thrown here; the rest of the chunk is
   * kept for the next push.
   */
  push(chunk: Uint8Array): void {
    if (this.#isOver) return;
    const bytes = asBuffer(chunk);
    const mustWait = this.#isBusy || this.#isBehind;
    if (mustWait || this.#waiting.length > 0) this.#waiting.push(Buffer.from(bytes));
    if (mustWait) return;
    if (this.#waiting.length === 0) this.#work(bytes, false);
    else this.#work(this.#waiting.shift()!, true);
  }

  /** Whether there was no time for all that was pushed. */
  get isBehind(): boolean {
    return this.#isBehind;
  }

  /** Whether all that was pushed are whole frames with their bodies, and delivered. */
  get isBetweenFrames(): boolean {
    const { hasFailed, target } = this.#bodies;
    const isAtWork = this.#isBehind || this.#task !== undefined || this.#waiting.length > 0;
    return !isAtWork && !hasFailed && target === undefined && this.#skip === 0 && this.#frame.isEmpty;
  }

  /** Takes up what there was no time for. */
  goOn(): void {
    if (!this.#isBehind || this.#isBusy) return;
    this.#isBehind = false;
    this.#work(this.#waiting.shift() ?? NOTHING, true);
  }

  /** Delivers nothing more, not even what was pushed already. */
  stop(): void {
    this.#isOver = true;
    this.#isBehind = false;
    this.#task = undefined;
    this.#waiting.length = 0;
  }

  /**
   * While a body is being received: where its missing bytes belong, so that a socket can read straight into it. Undefined where
   * other bytes come before those, as a socket is told where to read to long before it does; and for memory that the receiver
   * gave, which may be wanted back until then.
   */
  get bodyTarget(): Uint8Array | undefined {
    return this.#bodies.isGiven || this.#waiting.length > 0 ? undefined : this.#bodies.target;
  }

  /** Says that the first `bytes` bytes of `bodyTarget` were filled. */
  bodyFilled(bytes: number): void {
    const target = this.#bodies.target;
    if (target === undefined) throw new Error('no body is being received');
    if (!(bytes >= 0 && bytes <= target.length))
      throw new RangeError(`the body lacks ${target.length} bytes, not ${bytes}`);
    const message = this.#bodies.filled(bytes);
    if (message !== undefined) this.#receiver.frame(message);
    else if (this.#bodies.hasFailed) this.#refuseBodies();
  }

  /** @param isOurs whether the first chunk is a copy of ours, so that its bytes stay as they are */
  #work(first: Buffer, isOurs: boolean): void {
    this.#isBusy = true;
    try {
      this.#consume(first, isOurs);
      while (this.#waiting.length > 0 && !this.#isBehind) this.#consume(this.#waiting.shift()!, true);
    } finally {
      this.#isBusy = false;
      this.#decoder.unload();
    }
  }

  /** The offset is moved on before anything is delivered, so that a receiver that throws leaves the stream in step. */
  #consume(chunk: Buffer, isOurs: boolean): void {
    let offset = 0;
    try {
      while ((offset < chunk.length || this.#task !== undefined) && !this.#isOver) {
        const start = offset;
        if (this.#bodies.hasFailed) this.#refuseBodies();
        const target = this.#bodies.target;
        if (this.#task !== undefined) {
          this.#task();
        } else if (target !== undefined) {
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
            this.#decode(chunk, start + FRAME_HEADER_BYTES, end, isOurs);
          } else {
            offset = this.#frame.add(chunk, offset, this.#maxFrameBytes);
            this.#takeAssembled();
          }
        }
        if ((offset < chunk.length || this.#task !== undefined) && !this.#mayGoOn()) {
          this.#isBehind = !this.#isOver;
          return;
        }
      }
    } finally {
      if (offset < chunk.length && !this.#isOver)
        this.#waiting.unshift(isOurs ? chunk.subarray(offset) : Buffer.from(chunk.subarray(offset)));
    }
  }

  #takeAssembled(): void {
    const { assembled, oversized } = this.#frame;
    if (assembled === undefined && oversized === undefined) return;
    this.#frame.clear();
    if (assembled !== undefined) this.#decode(assembled, 0, assembled.length, true);
    if (oversized !== undefined) this.#refuseOversized(oversized);
  }

  #decode(bytes: Buffer, start: number, end: number, isOurs: boolean, known?: LongTexts): void {
    const longTexts = known ?? (end - start < LONG_TEXT_BYTES ? undefined : new Map());
    const message: unknown[] = [];
    const { references } = this.#sink;
    try {
      this.#decoder.load(bytes, start, end, this.#sink, longTexts);
      this.#decoder.message(message);
    } catch (error) {
      references.length = 0;
      const frame = isOurs ? bytes.subarray(start, end) : Buffer.from(bytes.subarray(start, end));
      if (error instanceof LongText) this.#readLong(error, frame, longTexts!);
      else this.#refuse(asCodecError(error, 'decode'), message, frame);
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
    else if (this.#bodies.hasFailed) this.#refuseBodies();
  }

  /** Reads a long text in steps, then the frame anew. */
  #readLong(found: LongText, frame: Buffer, known: LongTexts): void {
    const reader = new LongTextReader(frame, found);
    this.#task = () => {
      reader.step();
      if (reader.text === undefined) return;
      this.#task = undefined;
      this.#decode(frame, 0, frame.length, true, known.set(found.at, reader.text));
    };
  }

  /** Counts the bodies behind the frame first, to step over them; then tells the receiver. */
  #refuse(error: unknown, message: readonly unknown[], frame: Buffer): void {
    if (!(error instanceof CodecError)) throw error;
    const scan = new BodyScan(frame, 0, frame.length);
    this.#task = () => {
      scan.step(SCANNED_TOGETHER);
      if (!scan.isDone) return;
      this.#task = undefined;
      const fatal = !scan.isSound && scan.bodies > 0;
      if (scan.isSound) this.#skip = scan.bodyBytes;
      if (fatal) this.stop();
      this.#receiver.refused(error, { length: frame.length, ...kindAndId(message), fatal });
    };
  }

  #refuseBodies(): void {
    const { message, failure } = this.#bodies;
    this.#skip = this.#bodies.abandon();
    if (failure !== undefined)
      this.#receiver.refused(failure, { length: this.#bodiesFrame, ...kindAndId(message), fatal: false });
  }

  #refuseOversized({ length, start }: OversizedFrame): void {
    this.#skip = length - start.length;
    const message: unknown[] = [];
    try {
      this.#decoder.load(start, 0, start.length, undefined);
      this.#decoder.messageHead(message);
    } catch {
      // Then the refusal carries no kind and id, only the length.
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

const ALWAYS = (): boolean => true;
const NOTHING = Buffer.alloc(0);
