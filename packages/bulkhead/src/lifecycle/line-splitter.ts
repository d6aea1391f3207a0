import { StringDecoder } from 'node:string_decoder';

/** A longer line comes in pieces of this many characters, so that one without an end can't fill the memory. */
const LONGEST_LINE = 16_384;

/** Turns chunks of UTF-8 into lines, without their ends. A character cut by a chunk's end is put together again. */
export class LineSplitter {
  readonly #decoder = new StringDecoder('utf8');
  #rest = '';

  /** The lines that a chunk completes. Take all of them before the next chunk. */
  *push(chunk: Buffer): Generator<string> {
    const text = this.#rest + this.#decoder.write(chunk);
    let start = 0;
    for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', start)) {
      const line = text.slice(start, end);
      start = end + 1;
      yield* inPieces(line.endsWith('\r') ? line.slice(0, -1) : line);
    }
    this.#rest = text.slice(start);
    while (this.#rest.length > LONGEST_LINE) {
      const piece = this.#rest.slice(0, LONGEST_LINE);
      this.#rest = this.#rest.slice(LONGEST_LINE);
      yield piece;
    }
  }

  /** A last line that has no end. */
  *end(): Generator<string> {
    const rest = this.#rest + this.#decoder.end();
    this.#rest = '';
    if (rest !== '') yield* inPieces(rest);
  }
}

function* inPieces(line: string): Generator<string> {
  if (line.length <= LONGEST_LINE) return yield line;
  for (let start = 0; start < line.length; start += LONGEST_LINE) yield line.slice(start, start + LONGEST_LINE);
}
