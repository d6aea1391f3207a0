import { Buffer } from 'node:buffer';
import { types } from 'node:util';
import { arrayHeaderBytes, DTYPES } from './array.ts';
import { classify, type ArrayToSend } from './classify.ts';
import { asRefusal, passedThrough, Refusal, tooDeep } from './codec-error.ts';
import { EXTENSION_ARRAY, EXTENSION_ARRAY_BODY, EXTENSION_BODY, EXTENSION_TIMESTAMP } from './extension.ts';
import { GrowingBuffer } from './growing-buffer.ts';
import { MAX_DEPTH } from './limits.ts';
import { secondsAndNanoseconds } from './timestamp.ts';
import { unsupported } from './unsupported.ts';

/** Up to this length a loop in JavaScript is faster than the way into C++ (measured). */
const TEXT_BY_LOOP = 24;
const UINT64_MAX = 0xffff_ffff_ffff_ffffn;
const INT64_MIN = -0x8000_0000_0000_0000n;

/** Appends MessagePack to one growable buffer; allocates nothing for a value. */
export class ValueEncoder extends GrowingBuffer {
  /** Binary values of more bytes than this become references ... */
  bodyThreshold: number = Infinity;
  maxBodyBytes: number = Infinity;
  /** ... and are put here in order. */
  readonly bodies: Uint8Array[] = [];
  maxFrameBytes: number = Infinity;
  /** Where the payload of the present frame begins. */
  frameStart = 0;

  /** @throws Refusal if a frame that ends at `end` is over the limit. */
  override checkFrame(end: number): void {
    const size = end - this.frameStart;
    if (size > this.maxFrameBytes)
      throw new Refusal('frame_too_large', '', { bytes: size, maximum: this.maxFrameBytes });
  }

  /** `depth` counts the arrays and maps around the value. */
  value(value: unknown, depth: number): void {
    switch (typeof value) {
      case 'string':
        return this.#text(value);
      case 'number':
        return this.#number(value);
      case 'boolean':
        return this.#byte(value ? 0xc3 : 0xc2);
      case 'undefined':
        return this.#byte(0xc0);
      case 'object':
        if (value === null) return this.#byte(0xc0);
        if (Array.isArray(value)) return this.array(value, depth + 1);
        return this.#object(value, depth);
      case 'bigint':
        return this.#bigint(value);
      default:
        throw unsupported(value);
    }
  }

  array(array: readonly unknown[], depth: number): void {
    if (depth > MAX_DEPTH) throw tooDeep();
    const count = array.length;
    this.reserve(5);
    if (count < 16) this.bytes[this.offset++] = 0x90 | count;
    else this.header(count, 0, 0xdc, 0xdd);
    let index = 0;
    try {
      for (; index < count; index++) this.value(array[index], depth);
    } catch (error) {
      throw passedThrough(asRefusal(error), index);
    }
  }

  #object(value: object, depth: number): void {
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype === Object.prototype || prototype === null)
      return this.#map(value as Record<string, unknown>, depth + 1);
    // What is empty may be of memory that was transferred to somewhere else.
    if (types.isUint8Array(value) && value.length > 0) return this.#binary(value);
    const known = classify(value);
    switch (known.kind) {
      case 'map':
        return this.#map(known.map, depth + 1);
      case 'binary':
        return this.#binary(known.bytes);
      case 'array':
        return this.#typedArray(known);
      case 'date':
        return this.#timestamp(known.date);
    }
  }

  #map(map: Record<string, unknown>, depth: number): void {
    if (depth > MAX_DEPTH) throw tooDeep();
    let keys = Object.keys(map);
    // A short header is one byte, which can be set right afterwards; the width of a longer one depends on the count.
    const isShort = keys.length < 16;
    if (!isShort) keys = keys.filter((key) => map[key] !== undefined);
    this.reserve(5);
    const start = this.offset;
    if (keys.length < 16) this.bytes[this.offset++] = 0x80 | keys.length;
    else this.header(keys.length, 0, 0xde, 0xdf);
    let key: string | undefined;
    try {
      for (let index = 0; index < keys.length; index++) {
        const name = keys[index]!;
        key = name;
        const value = map[name];
        if (value === undefined && isShort) {
          this.bytes[start]!--;
          continue;
        }
        key = undefined;
        this.#text(name);
        key = name;
        this.value(value, depth);
      }
    } catch (error) {
      throw key === undefined ? error : passedThrough(asRefusal(error), key);
    }
  }

  #byte(byte: number): void {
    this.reserve(1);
    this.bytes[this.offset++] = byte;
  }

  #number(value: number): void {
    this.reserve(9);
    const { bytes } = this;
    // The bitwise form keeps 32-bit integers out of the slower tests below. −0 is a float: MessagePack's integers lack it.
    if ((value | 0) === value && (value !== 0 || 1 / value > 0)) {
      if (value >= 0) {
        if (value < 128) bytes[this.offset++] = value;
        else this.header(value, 0xcc, 0xcd, 0xce);
      } else if (value >= -32) {
        bytes[this.offset++] = value;
      } else if (value >= -0x80) {
        this.header(value & 0xff, 0xd0, 0, 0);
      } else if (value >= -0x8000) {
        this.header(value & 0xffff, 0, 0xd1, 0);
      } else {
        bytes[this.offset] = 0xd2;
        this.view.setInt32(this.offset + 1, value);
        this.offset += 5;
      }
    } else if (Number.isSafeInteger(value) && value !== 0) {
      this.#wideInteger(value);
    } else {
      bytes[this.offset] = 0xcb;
      this.view.setFloat64(this.offset + 1, value);
      this.offset += 9;
    }
  }

  /** An integer that is beyond 32 bits with a sign. */
  #wideInteger(value: number): void {
    if (value > 0 && value <= 0xffff_ffff) return this.header(value, 0, 0, 0xce);
    this.bytes[this.offset] = value > 0 ? 0xcf : 0xd3;
    this.view.setInt32(this.offset + 1, Math.floor(value / 2 ** 32));
    this.view.setUint32(this.offset + 5, value >>> 0);
    this.offset += 9;
  }

  #bigint(value: bigint): void {
    if (value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER) return this.#number(Number(value));
    if (value > UINT64_MAX || value < INT64_MIN)
      throw new Refusal('integer_range', 'a bigint beyond 64 bits; send it as a string');
    this.reserve(9);
    this.bytes[this.offset] = value > 0n ? 0xcf : 0xd3;
    this.view.setBigInt64(this.offset + 1, BigInt.asIntN(64, value));
    this.offset += 9;
  }

  #text(text: string): void {
    const { length } = text;
    if (length < TEXT_BY_LOOP) {
      this.reserve(1 + TEXT_BY_LOOP);
      const { bytes } = this;
      const start = this.offset + 1;
      let index = 0;
      for (; index < length; index++) {
        const code = text.charCodeAt(index);
        if (code > 127) break;
        bytes[start + index] = code;
      }
      if (index === length) {
        bytes[this.offset] = 0xa0 | length;
        this.offset = start + length;
        return;
      }
    }
    this.#longText(text);
  }

  #longText(text: string): void {
    const { length } = text;
    // A UTF-16 unit takes three bytes at most. That is only counted exactly where the guess would make the buffer grow.
    let most = length * 3;
    if (this.offset + 5 + most > this.bytes.length) most = Buffer.byteLength(text);
    this.reserve(5 + most);
    // The width of the header depends on what isn't known yet: written for plain ASCII, and moved if that was wrong.
    const guess = textHeaderBytes(length);
    const start = this.offset;
    const count = this.bytes.write(text, start + guess);
    if (count !== length && !(text as string & WellFormedCheck).isWellFormed()) {
      throw new Refusal(
        'invalid_text',
        "text with half a surrogate pair, which UTF-8 can't carry; send text.toWellFormed()",
      );
    }
    const width = textHeaderBytes(count);
    if (width !== guess) this.bytes.copyWithin(start + width, start + guess, start + guess + count);
    if (width === 1) this.bytes[this.offset++] = 0xa0 | count;
    else this.header(count, 0xd9, 0xda, 0xdb);
    this.offset += count;
  }

  #binary(value: Uint8Array): void {
    const count = value.length;
    if (count > this.bodyThreshold) {
      this.#extensionHeader(EXTENSION_BODY, 8);
      this.view.setUint32(this.offset, count, true);
      this.view.setUint32(this.offset + 4, Math.floor(count / 2 ** 32), true);
      this.offset += 8;
      this.#body(value);
      return;
    }
    this.reserve(5 + count);
    this.header(count, 0xc4, 0xc5, 0xc6);
    this.append(value);
  }

  #body(value: Uint8Array): void {
    if (value.length > this.maxBodyBytes) {
      throw new Refusal('body_too_large', '', { bytes: value.length, maximum: this.maxBodyBytes });
    }
    this.bodies.push(value);
  }

  #extensionHeader(code: number, length: number): void {
    this.reserve(6 + length);
    const fixed =
      length === 8 ? 0xd7 : length === 4 ? 0xd6 : length === 16 ? 0xd8 : length === 2 ? 0xd5 : length === 1 ? 0xd4 : 0;
    if (fixed !== 0) this.bytes[this.offset++] = fixed;
    else this.header(length, 0xc7, 0xc8, 0xc9);
    this.bytes[this.offset++] = code;
  }

  #typedArray({ dtype, shape, bytes }: ArrayToSend): void {
    const isBody = bytes.length > this.bodyThreshold;
    const headerBytes = arrayHeaderBytes(shape.length);
    this.#extensionHeader(
      isBody ? EXTENSION_ARRAY_BODY : EXTENSION_ARRAY,
      isBody ? headerBytes : headerBytes + bytes.length,
    );
    if (isBody) this.reserve(headerBytes);
    this.bytes[this.offset++] = DTYPES.indexOf(dtype);
    this.bytes[this.offset++] = shape.length;
    for (const size of shape) {
      this.view.setUint32(this.offset, size, true);
      this.offset += 4;
    }
    if (isBody) this.#body(bytes);
    else this.append(bytes);
  }

  #timestamp(date: Date): void {
    const { seconds, nanoseconds } = secondsAndNanoseconds(date);
    if (seconds >= 0 && seconds < 2 ** 34) {
      const isShort = nanoseconds === 0 && seconds < 2 ** 32;
      this.#extensionHeader(EXTENSION_TIMESTAMP, isShort ? 4 : 8);
      if (!isShort) {
        this.view.setUint32(this.offset, nanoseconds * 4 + Math.floor(seconds / 2 ** 32));
        this.offset += 4;
      }
      this.view.setUint32(this.offset, seconds % 2 ** 32);
      this.offset += 4;
    } else {
      this.#extensionHeader(EXTENSION_TIMESTAMP, 12);
      this.view.setUint32(this.offset, nanoseconds);
      this.view.setBigInt64(this.offset + 4, BigInt(seconds));
      this.offset += 12;
    }
  }
}

/** Part of ES2024, and of every Node from 20 on. */
interface WellFormedCheck {
  isWellFormed(): boolean;
}

function textHeaderBytes(count: number): number {
  return count < 32 ? 1 : count < 0x100 ? 2 : count < 0x1_0000 ? 3 : 5;
}
