import { constants, isUtf8, type Buffer } from 'node:buffer';
import { Refusal } from './codec-error.ts';

const fromCharCode = String.fromCharCode;
/** Up to this length, one call with all the character codes beats Node's way into C++ (about 15 ns against 80). */
export const SHORT = 16;

/** Decodes UTF-8 and refuses what is not. The caller has checked that `start + length` is inside. */
export function readText(bytes: Buffer, start: number, length: number): string {
  if (length < SHORT) {
    const text = shortAscii(bytes, start, length);
    if (text !== undefined) return text;
  }
  if (length > constants.MAX_STRING_LENGTH)
    throw new Refusal('invalid_text', 'text that is longer than JavaScript can hold');
  const end = start + length;
  // `undefined` is utf8, and the one argument for which Node needs no look into its table of encodings.
  const text = bytes.toString(undefined, start, end);
  // Node puts U+FFFD where the input is bad; only then is it worth looking whether it was sent or put there.
  if (text.includes('\ufffd') && !isUtf8(bytes.subarray(start, end))) throw invalidText();
  return text;
}

export function invalidText(): Refusal {
  return new Refusal('invalid_text', 'text that is not valid UTF-8');
}

function shortAscii(bytes: Uint8Array, start: number, length: number): string | undefined {
  let all = 0;
  for (let offset = start, end = start + length; offset < end; offset++) all |= bytes[offset]!;
  if (all > 127) return undefined;
  if (length < 4) {
    if (length === 0) return '';
    const a = bytes[start]!;
    if (length === 1) return fromCharCode(a);
    const b = bytes[start + 1]!;
    return length === 2 ? fromCharCode(a, b) : fromCharCode(a, b, bytes[start + 2]!);
  }
  const a = bytes[start]!,
    b = bytes[start + 1]!,
    c = bytes[start + 2]!,
    d = bytes[start + 3]!;
  if (length === 4) return fromCharCode(a, b, c, d);
  const e = bytes[start + 4]!;
  if (length === 5) return fromCharCode(a, b, c, d, e);
  const f = bytes[start + 5]!;
  if (length === 6) return fromCharCode(a, b, c, d, e, f);
  const g = bytes[start + 6]!;
  if (length === 7) return fromCharCode(a, b, c, d, e, f, g);
  const h = bytes[start + 7]!;
  if (length === 8) return fromCharCode(a, b, c, d, e, f, g, h);
  const i = bytes[start + 8]!;
  if (length === 9) return fromCharCode(a, b, c, d, e, f, g, h, i);
  const j = bytes[start + 9]!;
  if (length === 10) return fromCharCode(a, b, c, d, e, f, g, h, i, j);
  const k = bytes[start + 10]!;
  if (length === 11) return fromCharCode(a, b, c, d, e, f, g, h, i, j, k);
  const l = bytes[start + 11]!;
  if (length === 12) return fromCharCode(a, b, c, d, e, f, g, h, i, j, k, l);
  const m = bytes[start + 12]!;
  if (length === 13) return fromCharCode(a, b, c, d, e, f, g, h, i, j, k, l, m);
  const n = bytes[start + 13]!;
  if (length === 14) return fromCharCode(a, b, c, d, e, f, g, h, i, j, k, l, m, n);
  return fromCharCode(a, b, c, d, e, f, g, h, i, j, k, l, m, n, bytes[start + 14]!);
}

const FEWEST_SLOTS = 64;
const MOST_SLOTS = 1024;

/** A key that was decoded. Its bytes stand in an ordinary list: memory of their own would take three times as much. */
interface KnownKey {
  readonly bytes: readonly number[];
  readonly text: string;
}

/**
 * Map keys repeat, so each is decoded once and found again by its bytes. One key a slot, the last one stays: bounded, and
 * a peer that sends ever new keys only makes it useless, never large. Belongs to one decoder; most of them see a few keys
 * only, so it gets more slots where keys push each other out.
 */
export class KeyCache {
  #slots: (KnownKey | undefined)[] = emptySlots(FEWEST_SLOTS);
  #pushedOut = 0;

  /** As readText, for keys of at most 31 bytes. */
  read(bytes: Buffer, start: number, length: number): string {
    const end = start + length;
    let hash = length;
    for (let offset = start; offset < end; offset++) hash = (Math.imul(hash, 31) + bytes[offset]!) & 0xffffff;
    const slot = (hash ^ (hash >>> 10)) & (this.#slots.length - 1);
    const known = this.#slots[slot];
    if (known !== undefined && isEqual(known.bytes, bytes, start, length)) return known.text;
    const text = readText(bytes, start, length);
    this.#slots[slot] = { bytes: Array.from(bytes.subarray(start, end)), text };
    if (known !== undefined) this.#hasPushedOut();
    return text;
  }

  #hasPushedOut(): void {
    const { length } = this.#slots;
    if (length === MOST_SLOTS || ++this.#pushedOut < length) return;
    this.#pushedOut = 0;
    this.#slots = emptySlots(length * 4);
  }
}

function emptySlots(count: number): undefined[] {
  return new Array<undefined>(count).fill(undefined);
}

function isEqual(known: readonly number[], bytes: Uint8Array, start: number, length: number): boolean {
  if (known.length !== length) return false;
  for (let index = 0; index < length; index++) if (known[index] !== bytes[start + index]) return false;
  return true;
}
