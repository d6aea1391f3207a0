import { asCodecError, asRefusal, CodecError, Refusal } from './codec-error.ts';
import { ValueEncoder } from './encoder.ts';
import { DEFAULT_MAX_BODY_BYTES, DEFAULT_MAX_FRAME_BYTES, FRAME_HEADER_BYTES } from './limits.ts';

/** A channel that says little needs no more, and a busy one has a larger buffer after a few messages. */
const INITIAL_BYTES = 4 * 1024;
/** A buffer that one large batch made larger than this isn't kept for the next. */
const KEPT_BYTES = 1024 * 1024;
const NO_BODIES: readonly Uint8Array[] = Object.freeze([]);

export interface FrameEncoderOptions {
  readonly maxFrameBytes?: number;
  /** Each body. */
  readonly maxBodyBytes?: number;
}

/** Collects frames, one behind the other, in one buffer that is used again and again. */
export class FrameEncoder {
  readonly #encoder: ValueEncoder = new ValueEncoder(INITIAL_BYTES);
  #isBusy = false;

  constructor(options: FrameEncoderOptions = {}) {
    this.#encoder.maxFrameBytes = options.maxFrameBytes ?? DEFAULT_MAX_FRAME_BYTES;
    this.#encoder.maxBodyBytes = options.maxBodyBytes ?? DEFAULT_MAX_BODY_BYTES;
  }

  /** Bytes in the batch. */
  get length(): number {
    return this.#encoder.offset;
  }

  /**
   * Appends one frame. Binary values of more than `bodyThreshold` bytes are replaced by references and returned in order of
   * appearance: views of the caller's memory, which have to be written right behind this frame.
   * @throws CodecError (FrameTooLargeError, BodyTooLargeError); the batch is then as it was before.
   */
  append(message: readonly unknown[], bodyThreshold: number): readonly Uint8Array[] {
    const encoder = this.#encoder;
    if (this.#isBusy) {
      const detail = 'it was sent by a getter of a message that is just being encoded';
      throw new CodecError('unreadable', '$', `cannot encode $: ${detail}`, detail);
    }
    const start = encoder.offset;
    this.#isBusy = true;
    try {
      encoder.bodyThreshold = bodyThreshold;
      encoder.reserve(FRAME_HEADER_BYTES);
      encoder.offset = encoder.frameStart = start + FRAME_HEADER_BYTES;
      if (message.length < 2) throw new Refusal('not_a_message', 'a frame holds an array [kind, id, ...]');
      encoder.array(message, 1);
      encoder.checkFrame(encoder.offset);
      encoder.bytes.writeUInt32LE(encoder.offset - encoder.frameStart, start);
      return encoder.bodies.length === 0 ? NO_BODIES : encoder.bodies.splice(0);
    } catch (error) {
      encoder.offset = start;
      encoder.bodies.length = 0;
      throw asCodecError(error, 'encode');
    } finally {
      this.#isBusy = false;
    }
  }

  /**
   * Empties the batch and returns its bytes without copying them. They are overwritten by the next `append`: write them
   * synchronously, or copy what could not be written.
   */
  take(): Uint8Array {
    const encoder = this.#encoder;
    const batch = encoder.bytes.subarray(0, encoder.offset);
    if (encoder.bytes.length > KEPT_BYTES) encoder.reset(INITIAL_BYTES);
    else encoder.offset = 0;
    return batch;
  }

  /** Leaves the memory of the last batch to its taker: the next frame begins a new buffer. */
  detach(): void {
    this.#encoder.reset(INITIAL_BYTES);
  }
}

/**
 * Encodes one value, without a frame and without bodies.
 * @throws CodecError
 */
export function encode(value: unknown): Uint8Array {
  const encoder = new ValueEncoder(256);
  try {
    encoder.value(value, 0);
  } catch (error) {
    throw asCodecError(asRefusal(error), 'encode');
  }
  return encoder.bytes.subarray(0, encoder.offset);
}
