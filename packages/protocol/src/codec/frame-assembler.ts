import { Buffer } from 'node:buffer';
import { FRAME_HEADER_BYTES } from './limits.ts';

/** Frames up to this length get their memory at once; longer ones as they arrive, so that a mere announcement costs nothing. */
const ALLOCATED_AT_ONCE = 1024 * 1024;
/** Enough to find kind and id in a frame that is not kept. */
const START_KEPT = 64;

/** A frame over the limit, of which only the beginning is kept. */
export interface OversizedFrame {
  readonly length: number;
  readonly start: Buffer;
}

/** Puts together a frame that arrives in several chunks. */
export class FrameAssembler {
  /** The payload, once it is complete. */
  assembled: Buffer | undefined;
  /** Set instead as soon as a frame is known to be over the limit and its beginning is there, or is that of no message. */
  oversized: OversizedFrame | undefined;
  #headerFilled = 0;
  #length = 0;
  #buffer: Buffer = NOTHING;
  #filled = 0;

  /** No part of a frame is held. */
  get isEmpty(): boolean {
    return this.#headerFilled === 0;
  }

  /** Takes what belongs to this frame and returns the offset behind it. */
  add(chunk: Buffer, offset: number, maxFrameBytes: number): number {
    while (this.#headerFilled < FRAME_HEADER_BYTES && offset < chunk.length) {
      this.#length += chunk[offset++]! * 2 ** (8 * this.#headerFilled++);
    }
    if (this.#headerFilled < FRAME_HEADER_BYTES) return offset;
    const wanted = this.#length > maxFrameBytes ? Math.min(this.#length, START_KEPT) : this.#length;
    const count = Math.min(wanted - this.#filled, chunk.length - offset);
    this.#reserve(this.#filled + count, wanted);
    chunk.copy(this.#buffer, this.#filled, offset, offset + count);
    this.#filled += count;
    const kept = this.#buffer.subarray(0, this.#filled);
    if (this.#length > maxFrameBytes) {
      if (this.#filled === wanted || isOfNoMessage(kept)) this.oversized = { length: this.#length, start: kept };
    } else if (this.#filled === wanted) this.assembled = kept;
    return offset + count;
  }

  clear(): void {
    this.assembled = undefined;
    this.oversized = undefined;
    this.#headerFilled = 0;
    this.#length = 0;
    this.#buffer = NOTHING;
    this.#filled = 0;
  }

  #reserve(bytes: number, wanted: number): void {
    if (bytes <= this.#buffer.length) return;
    const capacity = Math.min(wanted, Math.max(ALLOCATED_AT_ONCE, bytes, this.#buffer.length * 2));
    const larger = Buffer.allocUnsafeSlow(capacity);
    this.#buffer.copy(larger, 0, 0, this.#filled);
    this.#buffer = larger;
  }
}

/** Whether it can't begin a list, as every message does: most likely something else speaks here, and the length is a part of that. */
function isOfNoMessage([first]: Buffer): boolean {
  return first !== undefined && first >> 4 !== 0x9 && first !== 0xdc && first !== 0xdd;
}

const NOTHING = Buffer.alloc(0);
