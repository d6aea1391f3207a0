/** Shape of a growing delay. Times in milliseconds. */
export interface BackoffOptions {
  readonly first: number;
  readonly longest: number;
  /** A life at least this long counts as a success: the delay starts anew after it. */
  readonly longLife: number;
}

/**
 * The delay before the next start: it doubles with each short life, is capped, and jittered so that many plugins that
 * fell together do not rise together.
 */
export class Backoff {
  readonly #options: BackoffOptions;
  #shortLives = 0;

  constructor(options: BackoffOptions) {
    this.#options = options;
  }

  /** Short lives in a row. */
  get shortLives(): number {
    return this.#shortLives;
  }

  /** To be told of each end; answers how long to wait before the next start. A start that failed is a life of 0. */
  ended(life: number): number {
    this.#shortLives = life >= this.#options.longLife ? 1 : this.#shortLives + 1;
    const full = Math.min(this.#options.longest, this.#options.first * 2 ** (this.#shortLives - 1));
    return full * (0.5 + Math.random() / 2);
  }

  reset(): void {
    this.#shortLives = 0;
  }
}
