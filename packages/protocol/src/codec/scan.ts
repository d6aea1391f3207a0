import { arrayHeaderBytes, readArrayHeader } from './array.ts';
import { Refusal } from './codec-error.ts';
import { EXTENSION_ARRAY_BODY, EXTENSION_BODY } from './extension.ts';

/**
 * Counts the bodies that a frame announces without making its values, so that a frame that was refused for what it means
 * (a key that occurs twice, a body over the limit) can be stepped over together with its bodies. Goes on in steps: a frame of
 * 64 MiB takes most of a second.
 */
export class BodyScan {
  /** Whether the structure holds so far; once done, to the last byte, so that every body reference was seen. */
  isSound = true;
  isDone = false;
  bodies = 0;
  bodyBytes = 0;
  readonly #bytes: Uint8Array;
  readonly #end: number;
  #offset: number;
  /** Values that are still to come. */
  #remaining = 1;

  constructor(bytes: Uint8Array, start: number, end: number) {
    this.#bytes = bytes;
    this.#offset = start;
    this.#end = end;
  }

  /** Steps over at most `values` further values. */
  step(values: number): void {
    for (let count = 0; count < values; count++) {
      if (!this.isSound || this.#remaining === 0) return this.#finish();
      this.#remaining--;
      this.isSound = this.#offset < this.#end && this.#value() && this.#remaining <= this.#end - this.#offset;
    }
  }

  #finish(): void {
    this.isDone = true;
    this.isSound &&= this.#offset === this.#end;
  }

  #value(): boolean {
    const type = this.#bytes[this.#offset++]!;
    if (type < 0x80 || type >= 0xe0) return true;
    if (type < 0x90) this.#remaining += (type & 15) * 2;
    else if (type < 0xa0) this.#remaining += type & 15;
    else if (type < 0xc0) this.#offset += type & 31;
    else if (type === 0xc1) return false;
    else if (type <= 0xc3) return true;
    else if (type <= 0xc6) this.#skip(this.#number(1 << (type - 0xc4)));
    else if (type <= 0xc9) return this.#extension(this.#number(1 << (type - 0xc7)));
    else if (type <= 0xcb) this.#offset += type === 0xca ? 4 : 8;
    else if (type <= 0xd3) this.#offset += 1 << (type & 3);
    else if (type <= 0xd8) return this.#extension(1 << (type - 0xd4));
    else if (type <= 0xdb) this.#skip(this.#number(1 << (type - 0xd9)));
    else if (type <= 0xdd) this.#remaining += this.#number(type === 0xdc ? 2 : 4);
    else this.#remaining += this.#number(type === 0xde ? 2 : 4) * 2;
    return true;
  }

  #skip(bytes: number): void {
    this.#offset += bytes;
  }

  #number(size: number): number {
    let value = 0;
    for (let index = 0; index < size; index++) value = value * 256 + (this.#bytes[this.#offset + index] ?? 0);
    this.#offset += size;
    return value;
  }

  #extension(length: number): boolean {
    const code = this.#bytes[this.#offset++];
    const payload = this.#offset;
    this.#offset += length;
    if (this.#offset > this.#end || (code !== EXTENSION_BODY && code !== EXTENSION_ARRAY_BODY))
      return this.#offset <= this.#end;
    const size = bodyLength(this.#bytes, payload, length, code);
    if (size === undefined) return false;
    this.bodies++;
    this.bodyBytes += size;
    return Number.isSafeInteger(this.bodyBytes);
  }
}

function bodyLength(bytes: Uint8Array, start: number, length: number, code: number): number | undefined {
  if (code === EXTENSION_BODY) {
    if (length !== 8) return undefined;
    let size = 0;
    for (let index = 7; index >= 0; index--) size = size * 256 + bytes[start + index]!;
    return size;
  }
  try {
    const header = readArrayHeader(bytes, start, start + length);
    return arrayHeaderBytes(header.shape.length) === length ? header.elementBytes : undefined;
  } catch (error) {
    if (error instanceof Refusal) return undefined;
    throw error;
  }
}
