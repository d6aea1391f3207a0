import { StringDecoder } from 'node:string_decoder';

/** A longer line is delivered in pieces of this many characters, so that one without an end can't fill the memory. */
const LONGEST_LINE = 16_384;

/** Turns chunks of UTF-8 into lines, without their ends. A character cut by a chunk's end is put together again. */
export class LineSplitter {
  readonly #deliver: (line: string) => void;
  readonly #decoder = new StringDecoder('utf8');
  #rest = '';

  constructor(deliver: (line: string) => void) {
    this.#deliver = deliver;
  }

  push(chunk: Buffer): void {
    const lines = (this.#rest + this.#decoder.write(chunk)).split('\n');
    this.#rest = lines.pop() as string;
    for (const line of lines) this.#deliverInPieces(line.endsWith('\r') ? line.slice(0, -1) : line);
    while (this.#rest.length > LONGEST_LINE) {
      this.#deliver(this.#rest.slice(0, LONGEST_LINE));
      this.#rest = this.#rest.slice(LONGEST_LINE);
    }
  }

  /** Delivers a last line that has no end. */
  end(): void {
    const rest = this.#rest + this.#decoder.end();
    this.#rest = '';
    if (rest !== '') this.#deliverInPieces(rest);
  }

  #deliverInPieces(line: string): void {
    if (line.length <= LONGEST_LINE) return this.#deliver(line);
    for (let start = 0; start < line.length; start += LONGEST_LINE)
      this.#deliver(line.slice(start, start + LONGEST_LINE));
  }
}
