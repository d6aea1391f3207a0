import { Buffer } from 'node:buffer';

/** Field 1, of the type bytes: `repeated bytes pieces = 1` of `bulkhead.plugin.v1.Pieces`. */
const TAG = 0x0a;
const MOST_LENGTH_BYTES = 5;

/** A message with one piece, as Protocol Buffers has it. Copies. */
export function encodePiece(piece: Uint8Array): Buffer {
  const message = Buffer.allocUnsafe(1 + MOST_LENGTH_BYTES + piece.length);
  message[0] = TAG;
  let offset = 1;
  let length = piece.length;
  for (; length > 127; length >>>= 7) message[offset++] = (length & 127) | 128;
  message[offset++] = length;
  message.set(piece, offset);
  return message.subarray(0, offset + piece.length);
}

/** The pieces of a message, where they lie. @throws RangeError for one of another type */
export function decodePieces(message: Buffer): Buffer[] {
  const pieces: Buffer[] = [];
  let offset = 0;
  while (offset < message.length) {
    if (message[offset++] !== TAG) throw new RangeError('a message of gRPC that is not bulkhead.plugin.v1.Pieces');
    let length = 0;
    for (let shift = 0; ; shift += 7) {
      const part = message[offset++] ?? 0;
      length += (part & 127) * 2 ** shift;
      if (part < 128) break;
    }
    if (offset + length > message.length) throw new RangeError('a message of gRPC that ends in the middle of a piece');
    pieces.push(message.subarray(offset, offset + length));
    offset += length;
  }
  return pieces;
}
