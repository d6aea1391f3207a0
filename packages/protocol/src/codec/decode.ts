import { Buffer } from 'node:buffer';
import { asCodecError } from './codec-error.ts';
import { ValueDecoder } from './decoder.ts';

/**
 * Decodes one value that fills the whole input. References to bodies are refused.
 *
 * @param maxValues see `FrameDecoderOptions.maxValues`
 * @throws CodecError
 */
export function decode(bytes: Uint8Array, maxValues: number = Infinity): unknown {
  const decoder = new ValueDecoder();
  decoder.maxValues = maxValues;
  try {
    decoder.load(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), 0, bytes.byteLength, undefined);
    return decoder.whole();
  } catch (error) {
    throw asCodecError(error, 'decode');
  }
}
