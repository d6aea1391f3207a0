import { Buffer } from 'node:buffer';
import { Refusal } from './codec-error.ts';

/** Up to this length a loop in JavaScript is faster than the way into C++ (measured). */
const BYTES_BY_LOOP = 64;
/** What `reserve` may be asked for over the real need. */
const RESERVE_SLACK = 16;

/** Bytes with room behind them, and the means to write all kinds of MessagePack values. */
export abstract class GrowingBuffer {
  bytes: Buffer;
  view: DataView;
  offset = 0;

  constructor(capacity: number) {
    this.bytes = Buffer.allocUnsafeSlow(capacity);
    this.view = viewOf(this.bytes);
  }

  /** Asked before growing, so that what is refused anyway doesn't take memory first. */
  abstract checkFrame(end: number): void;

  /** Begins again in a new buffer of this size. */
  reset(capacity: number): void {
    this.#exchange(Buffer.allocUnsafeSlow(capacity));
    this.offset = 0;
  }

  reserve(count: number): void {
    if (this.offset + count > this.bytes.length) this.#grow(count);
  }

  /** A type byte and a number in 8, 16 or 32 bits; a type of 0 says that this width doesn't exist. Room was reserved. */
  header(count: number, narrow: number, middle: number, wide: number): void {
    const { bytes } = this;
    let { offset } = this;
    if (count < 0x100 && narrow !== 0) {
      bytes[offset++] = narrow;
    } else if (count < 0x1_0000 && middle !== 0) {
      bytes[offset++] = middle;
      bytes[offset++] = count >>> 8;
    } else {
      if (count > 0xffff_ffff)
        throw new Refusal('too_large', `${count} is more than 32 bits can count; send it in parts`);
      bytes[offset++] = wide;
      bytes[offset++] = count >>> 24;
      bytes[offset++] = count >>> 16;
      bytes[offset++] = count >>> 8;
    }
    bytes[offset++] = count;
    this.offset = offset;
  }

  append(value: Uint8Array): void {
    const { bytes, offset } = this;
    const count = value.length;
    if (count <= BYTES_BY_LOOP) for (let index = 0; index < count; index++) bytes[offset + index] = value[index]!;
    else bytes.set(value, offset);
    this.offset = offset + count;
  }

  #grow(count: number): void {
    this.checkFrame(this.offset + count - RESERVE_SLACK);
    let capacity = this.bytes.length * 2;
    while (capacity < this.offset + count) capacity *= 2;
    const larger = allocate(capacity);
    this.bytes.copy(larger, 0, 0, this.offset);
    this.#exchange(larger);
  }

  #exchange(bytes: Buffer): void {
    this.bytes = bytes;
    this.view = viewOf(bytes);
  }
}

function allocate(capacity: number): Buffer {
  try {
    return Buffer.allocUnsafeSlow(capacity);
  } catch (error) {
    throw new Refusal('out_of_memory', `there is no memory of ${capacity} bytes for it`, undefined, error);
  }
}

function viewOf(bytes: Buffer): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
