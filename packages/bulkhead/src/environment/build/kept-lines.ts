/** Characters of the first lines, and of the last ones, that are kept. */
const KEPT = 250_000;

/** The first and the last lines of an output that may have no end: what went wrong stands in one or the other. */
export class KeptLines {
  readonly #first: string[] = [];
  readonly #last: string[] = [];
  #firstLength = 0;
  #lastLength = 0;
  #isCut = false;

  push(line: string): void {
    if (this.#last.length === 0 && this.#firstLength + line.length < KEPT) {
      this.#first.push(line);
      this.#firstLength += line.length + 1;
      return;
    }
    this.#last.push(line);
    this.#lastLength += line.length + 1;
    while (this.#lastLength > KEPT) {
      this.#lastLength -= (this.#last.shift() as string).length + 1;
      this.#isCut = true;
    }
  }

  get text(): string {
    return [...this.#first, ...(this.#isCut ? ['[…]'] : []), ...this.#last].join('\n');
  }
}
