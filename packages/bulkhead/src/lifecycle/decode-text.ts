/**
 * Decodes text of a file that may come from another system: UTF-8, or UTF-16 with a byte order mark, which PowerShell writes.
 * The mark is left out.
 */
export function decodeText(bytes: Uint8Array): string {
  return decoders[encodingOf(bytes)].decode(bytes);
}

/** To make one takes as long as to decode a manifest. */
const decoders = {
  'utf-8': new TextDecoder('utf-8'),
  'utf-16le': new TextDecoder('utf-16le'),
  'utf-16be': new TextDecoder('utf-16be'),
};

/** As the byte order mark says; without one `utf-8`. */
export function encodingOf([first, second]: Uint8Array): 'utf-8' | 'utf-16le' | 'utf-16be' {
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  return first === 0xfe && second === 0xff ? 'utf-16be' : 'utf-8';
}
