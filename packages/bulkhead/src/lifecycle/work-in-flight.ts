/** Timers run at most this many milliseconds; this one has nothing to do when it fires. */
const LONGEST = 2 ** 31 - 1;

/**
 * Keeps this process from ending by itself while something is under way, and only then: the sockets and processes of plugins
 * don't. To begin and to end cost a few nanoseconds, as calls do both.
 */
export class WorkInFlight {
  #count = 0;
  #timer: NodeJS.Timeout | undefined;

  get isNone(): boolean {
    return this.#count === 0;
  }

  begin(): void {
    this.#count += 1;
    if (this.#count > 1) return;
    if (this.#timer === undefined) this.#timer = setInterval(() => {}, LONGEST);
    else this.#timer.ref();
  }

  /** Once for each `begin`. */
  end(): void {
    this.#count -= 1;
    if (this.#count === 0) this.#timer?.unref();
  }

  async during<Value>(work: Promise<Value>): Promise<Value> {
    this.begin();
    try {
      return await work;
    } finally {
      this.end();
    }
  }

  /** Nothing begins any more. */
  close(): void {
    clearInterval(this.#timer);
  }
}
