/** The alphabet of Z85 (ZeroMQ's RFC 32), in which keys of CURVE are written. */
const ALPHABET = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#';
const BASE = 85;
const CHARACTERS_OF_A_WORD = 5;
const BYTES_OF_A_WORD = 4;
const BYTES_OF_A_CURVE_KEY = 32;

/** Whether it is a key of CURVE. libzmq ends the process that gives it another text of 40 characters. */
export function isCurveKey(text: string): boolean {
  return fromZ85(text)?.length === BYTES_OF_A_CURVE_KEY;
}

/** @returns undefined for a text that is not Z85 */
export function fromZ85(text: string): Buffer | undefined {
  if (text.length % CHARACTERS_OF_A_WORD !== 0) return undefined;
  const bytes = Buffer.alloc((text.length / CHARACTERS_OF_A_WORD) * BYTES_OF_A_WORD);
  for (let word = 0; word < text.length / CHARACTERS_OF_A_WORD; word += 1) {
    let value = 0;
    for (const character of text.slice(word * CHARACTERS_OF_A_WORD, (word + 1) * CHARACTERS_OF_A_WORD)) {
      const digit = ALPHABET.indexOf(character);
      if (digit === -1) return undefined;
      value = value * BASE + digit;
    }
    if (value >= 2 ** 32) return undefined;
    bytes.writeUInt32BE(value, word * BYTES_OF_A_WORD);
  }
  return bytes;
}

/** @param bytes a multiple of four of them */
export function toZ85(bytes: Buffer): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += BYTES_OF_A_WORD) {
    let value = bytes.readUInt32BE(at);
    let word = '';
    for (let digit = 0; digit < CHARACTERS_OF_A_WORD; digit += 1) {
      word = `${ALPHABET[value % BASE]}${word}`;
      value = Math.floor(value / BASE);
    }
    text += word;
  }
  return text;
}
