import { Buffer } from 'node:buffer';
import { encode } from '@bulkhead/protocol';

const HEADER_BYTES = 4;

/** A message without bodies, as it is on the wire. @throws CodecError */
export function framed(message: readonly unknown[]): Uint8Array<ArrayBuffer> {
  const payload = encode(message);
  const frame = Buffer.allocUnsafeSlow(HEADER_BYTES + payload.length);
  frame.writeUInt32LE(payload.length, 0);
  frame.set(payload, HEADER_BYTES);
  return frame;
}
