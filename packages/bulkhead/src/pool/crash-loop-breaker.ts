export interface CrashLoopBreakerOptions {
  /** So many short lives in a row open it. */
  readonly shortLives: number;
  /** Milliseconds until one try is allowed. */
  readonly openFor: number;
}

/** Stops a plugin that only ever dies from being started again and again. Open, then half open for one try, then closed. */
export class CrashLoopBreaker {
  readonly #options: CrashLoopBreakerOptions;
  #openUntil: number | undefined;

  constructor(options: CrashLoopBreakerOptions) {
    this.#options = options;
  }

  /** Whether it has opened, and no life since was long enough to close it. */
  get isTripped(): boolean {
    return this.#openUntil !== undefined;
  }

  /** Until when nothing is started, on the clock that `ended` is told; 0 when it is closed. */
  get openUntil(): number {
    return this.#openUntil ?? 0;
  }

  /** To be told of each end, and of how many short lives in a row that makes. */
  ended(shortLives: number, now: number): void {
    this.#openUntil = shortLives >= this.#options.shortLives ? now + this.#options.openFor : undefined;
  }

  reset(): void {
    this.#openUntil = undefined;
  }
}
