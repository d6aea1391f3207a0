export interface CrashLoopBreakerOptions {
  /** How many short lives in a row open it. */
  readonly shortLives: number;
  /** Milliseconds until one try is allowed. */
  readonly openFor: number;
}

/** Stops the restarts of a plugin that keeps dying. It opens, then lets one try pass, then closes. */
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

  /** No start before this time, on the clock of `ended`; 0 when it is closed. */
  get openUntil(): number {
    return this.#openUntil ?? 0;
  }

  /** Call this at each end. @param shortLives how many short lives in a row that makes */
  ended(shortLives: number, now: number): void {
    this.#openUntil = shortLives >= this.#options.shortLives ? now + this.#options.openFor : undefined;
  }

  reset(): void {
    this.#openUntil = undefined;
  }
}
