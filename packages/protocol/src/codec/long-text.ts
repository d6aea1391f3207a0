import type { Buffer } from 'node:buffer';
import { Refusal } from './codec-error.ts';
import { readText } from './text.ts';

/** From this length on a text other than ASCII, which takes 5 to 10 ns a byte, is read in steps of about this length. */
export const LONG_TEXT_BYTES: number = 256 * 1024;

/** Thrown by a decoder that has met a long text, which has to be read first; `at` counts from the beginning of the frame. */
export class LongText extends Error {
  readonly at: number;
  readonly length: number;

  constructor(at: number, length: number) {
    super('a long text has to be read first');
    this.at = at;
    this.length = length;
  }
}

/** The long texts of a frame that have been read, by where they begin; null: it is not valid UTF-8. */
export type LongTexts = Map<number, string | null>;

/** Reads one long text in steps. */
export class LongTextReader {
  /** Undefined until all of it is read. */
  text: string | null | undefined;
  readonly #bytes: Buffer;
  readonly #end: number;
  #offset: number;
  #read = '';

  constructor(frame: Buffer, { at, length }: LongText) {
    this.#bytes = frame;
    this.#offset = at;
    this.#end = at + length;
  }

  step(): void {
    let end = Math.min(this.#offset + LONG_TEXT_BYTES, this.#end);
    // not between the bytes of one character, which has at most four
    for (let back = 0; back < 3 && end < this.#end && (this.#bytes[end]! & 0xc0) === 0x80; back++) end--;
    try {
      this.#read += readText(this.#bytes, this.#offset, end - this.#offset);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.text = null;
    }
    this.#offset = end;
    if (end === this.#end && this.text === undefined) this.text = this.#read;
  }
}
