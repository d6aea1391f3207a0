/** Milliseconds until a line that is drawn over and over is shown for the first time; doubled each time, up to the longest. */
const FIRST_LOOK = 1_000;
const LONGEST_PAUSE = 30_000;

/** Shows the last state of a progress bar now and then while it grows: not each, of which there may be ten a second. */
export class RedrawnLine {
  readonly #show: (state: string) => void;
  #timer: NodeJS.Timeout | undefined;
  #pause = FIRST_LOOK;
  #state = '';
  #shown: string | undefined;

  constructor(show: (state: string) => void) {
    this.#show = show;
  }

  /** It was drawn again. */
  drawn(state: string): void {
    this.#state = state;
    this.#timer ??= setTimeout(() => this.#look(), this.#pause).unref();
  }

  /** It has ended as `line`. @returns whether that was shown before */
  ended(line: string): boolean {
    const wasShown = this.#shown === line;
    this.#shown = undefined;
    this.#pause = FIRST_LOOK;
    this.close();
    return wasShown;
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #look(): void {
    this.#timer = undefined;
    if (this.#state === this.#shown) return;
    this.#shown = this.#state;
    this.#pause = Math.min(2 * this.#pause, LONGEST_PAUSE);
    this.#show(this.#state);
  }
}
