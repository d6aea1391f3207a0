import { arrayHeaderBytes, readArrayHeader } from './array.ts';
import { Refusal } from './codec-error.ts';
import { EXTENSION_ARRAY_BODY, EXTENSION_BODY } from './extension.ts';

/** What a walk over the mere structure of a refused frame finds. */
export interface ScanResult {
  /** The structure holds to the last byte, so every body reference was seen. */
  readonly isSound: boolean;
  readonly bodies: number;
  readonly bodyBytes: number;
}

/**
 * Counts the bodies that a frame announces without making its values, so that a frame that was refused for what it means
 * (a key that occurs twice, a body over the limit) can be stepped over together with its bodies.
 */
export function scanBodies(bytes: Uint8Array, start: number, end: number): ScanResult {
  let bodies = 0;
  let bodyBytes = 0;
  let offset = start;
  let remaining = 1;

  const number = (size: number): number => {
    let value = 0;
    for (let index = 0; index < size; index++) value = value * 256 + (bytes[offset + index] ?? 0);
    offset += size;
    return value;
  };
  const extension = (length: number): boolean => {
    const code = bytes[offset++];
    const payload = offset;
    offset += length;
    if (offset > end || (code !== EXTENSION_BODY && code !== EXTENSION_ARRAY_BODY)) return offset <= end;
    const size = bodyLength(bytes, payload, length, code);
    if (size === undefined) return false;
    bodies++;
    bodyBytes += size;
    return Number.isSafeInteger(bodyBytes);
  };
  const step = (): boolean => {
    const type = bytes[offset++]!;
    if (type < 0x80 || type >= 0xe0) return true;
    if (type < 0x90) remaining += (type & 15) * 2;
    else if (type < 0xa0) remaining += type & 15;
    else if (type < 0xc0) offset += type & 31;
    else if (type === 0xc1) return false;
    else if (type <= 0xc3) return true;
    else if (type <= 0xc6) offset += number(1 << (type - 0xc4));
    else if (type <= 0xc9) return extension(number(1 << (type - 0xc7)));
    else if (type <= 0xcb) offset += type === 0xca ? 4 : 8;
    else if (type <= 0xd3) offset += 1 << (type & 3);
    else if (type <= 0xd8) return extension(1 << (type - 0xd4));
    else if (type <= 0xdb) offset += number(1 << (type - 0xd9));
    else if (type <= 0xdd) remaining += number(type === 0xdc ? 2 : 4);
    else remaining += number(type === 0xde ? 2 : 4) * 2;
    return true;
  };

  let isSound = true;
  while (isSound && remaining > 0) {
    remaining--;
    isSound = offset < end && step() && remaining <= end - offset;
  }
  return { isSound: isSound && offset === end, bodies, bodyBytes };
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
