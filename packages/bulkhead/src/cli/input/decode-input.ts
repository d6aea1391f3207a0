import { encodingOf } from '../../lifecycle/decode-text.ts';

/** Decodes what comes in pieces. A byte order mark in front is left out: PowerShell and editors on Windows write one. */
export class InputDecoder {
  readonly #decoder = new TextDecoder('utf-8', { fatal: true });
  #isFirst = true;

  /** @throws Error that says what the text is in, when it is not UTF-8 */
  decode(bytes: Uint8Array, isLast: boolean): string {
    if (this.#isFirst && encodingOf(bytes) !== 'utf-8')
      throw new Error('it is in UTF-16, as Windows PowerShell writes it; save it as UTF-8 (-Encoding utf8)');
    this.#isFirst &&= bytes.length === 0;
    try {
      return this.#decoder.decode(bytes, { stream: !isLast });
    } catch (error) {
      throw new Error('it has bytes that are not UTF-8; save it as UTF-8', { cause: error });
    }
  }
}
