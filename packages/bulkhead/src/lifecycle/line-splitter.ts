import { StringDecoder } from 'node:string_decoder';

/** A longer line comes in pieces of this many characters, so that one without an end can't fill the memory. */
const LONGEST_LINE = 16_384;
/** A cursor that moves further up leaves what any terminal shows. */
const TALLEST = 1_000;

/** What makes a terminal draw over what it shows: back to the line's start, or some lines up. */
// oxlint-disable-next-line no-control-regex -- these are what is looked for
const OVER = /\r|\u001b\[(\d*)[AF]/g;
// oxlint-disable-next-line no-control-regex -- and a line that is cleared first
const CLEARED = /^\u001b\[[0-2]?K/;

/**
 * Turns chunks of UTF-8 into lines, without their ends. A character cut by a chunk's end is put together again. Of a line that is
 * drawn over and over, as progress bars are, only the last state counts.
 */
export class LineSplitter {
  readonly #decoder = new StringDecoder('utf8');
  /** What follows the last end of a line, or the last step back. */
  #rest = '';
  /** What the line showed before that. */
  #before = '';
  /** What a line further up shows, which was drawn again and not delivered since. */
  #above = '';
  #isFromStart = false;
  /** How many lines below have been drawn already. */
  #below = 0;

  /** The lines that a chunk completes. Take all of them before the next chunk. */
  *push(chunk: Buffer): Generator<string> {
    const text = this.#rest + this.#decoder.write(chunk);
    let start = 0;
    for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', start)) {
      yield* this.#end(text.slice(start, end));
      start = end + 1;
    }
    this.#rest = this.#drawn(text.slice(start));
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
    this.#below = 0;
    if (rest !== '' || this.#before !== '' || this.#above !== '') yield* this.#end(rest);
  }

  /** What is shown last, of that which has not been delivered. */
  get unfinished(): string {
    return this.#shown || this.#above;
  }

  /** Whether that is drawn over and over. */
  get isRedrawn(): boolean {
    return this.#isFromStart || this.#before !== '' || this.#above !== '' || this.#rest.endsWith('\r');
  }

  get #shown(): string {
    const rest = withoutReturns(this.#rest);
    return (isBlank(rest) && this.#before !== '' ? this.#before : rest).replace(CLEARED, '');
  }

  *#end(text: string): Generator<string> {
    const rest = (this.#rest = this.#drawn(withoutReturns(text)));
    const line = this.#shown;
    const isOld = this.#below > 0 && (this.#isFromStart || isBlank(rest) || CLEARED.test(rest));
    this.#below = Math.max(0, this.#below - 1);
    this.#rest = this.#before = '';
    this.#isFromStart = false;
    if (isOld) {
      if (!isBlank(line)) this.#above = line;
      return;
    }
    const above = this.#above;
    this.#above = '';
    if (above !== '') yield* inPieces(above);
    yield* inPieces(line);
  }

  /** Takes in all but what follows the last step back. */
  #drawn(text: string): string {
    if (!text.includes('\r') && !text.includes('\u001b')) return text;
    let start = 0;
    for (const { 0: step, 1: lines, index } of text.matchAll(OVER)) {
      if (step === '\r' && index === text.length - 1) break; // a line feed may follow
      const piece = text.slice(start, index);
      if (!isBlank(piece)) this.#before = piece.slice(0, LONGEST_LINE);
      start = index + step.length;
      this.#isFromStart = step === '\r' || step.endsWith('F');
      if (step !== '\r') this.#below = Math.min(this.#below + Math.max(1, Number(lines)), TALLEST);
    }
    return text.slice(start);
  }
}

function isBlank(text: string): boolean {
  return text.trim() === '';
}

function withoutReturns(text: string): string {
  return text.endsWith('\r') ? text.replace(/\r+$/, '') : text;
}

function* inPieces(line: string): Generator<string> {
  if (line.length <= LONGEST_LINE) return yield line;
  for (let start = 0; start < line.length; start += LONGEST_LINE) yield line.slice(start, start + LONGEST_LINE);
}
