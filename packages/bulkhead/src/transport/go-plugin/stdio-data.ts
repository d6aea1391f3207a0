import type { Buffer } from 'node:buffer';

/** `plugin.StdioData`: a channel in field 1, bytes in field 2. */
const CHANNEL_TAG = 0x08;
const DATA_TAG = 0x12;
const STREAMS: Readonly<Record<number, 'stdout' | 'stderr'>> = { 1: 'stdout', 2: 'stderr' };

export interface StdioData {
  readonly stream: 'stdout' | 'stderr';
  readonly bytes: Buffer;
}

/** Undefined of a channel that is not known, and of what is no such message. */
export function readStdioData(message: Buffer): StdioData | undefined {
  let channel = 0;
  let bytes = message.subarray(0, 0);
  for (let offset = 0; offset < message.length;) {
    const tag = message[offset++];
    const [number, next] = readNumber(message, offset);
    offset = next;
    if (tag === CHANNEL_TAG) channel = number;
    else if (tag === DATA_TAG) {
      bytes = message.subarray(offset, offset + number);
      offset += number;
    } else return undefined;
  }
  const stream = STREAMS[channel];
  return stream === undefined ? undefined : { stream, bytes };
}

function readNumber(message: Buffer, start: number): readonly [number: number, next: number] {
  let number = 0;
  let offset = start;
  for (let factor = 1; ; factor *= 128) {
    const part = message[offset++] ?? 0;
    number += (part & 127) * factor;
    if (part < 128) return [number, offset];
  }
}
