/** If a timer fires this many milliseconds late, this process was stopped, slept, or was busy all the time. */
const LATE_MILLISECONDS = 50;
/** How long what has arrived meanwhile is read, and answered, before the limit is looked at again: as long as this process was away. */
const SHORTEST_CATCH_UP_MILLISECONDS = 100;
const LONGEST_CATCH_UP_MILLISECONDS = 1_000;
/** A process that is always late has to judge some time. */
const MOST_DELAYS = 20;

/**
 * A limit for what another process does. It judges only after what has arrived was read: a host that was stopped for a while
 * finds its timers due before the answers that came in time.
 */
export class Limit {
  readonly #over: () => void;
  readonly #keepsAlive: boolean;
  #due: number;
  #timer: NodeJS.Timeout;
  #immediate: NodeJS.Immediate | undefined;
  #delays = 0;

  /** @param keepsAlive whether this process may not end by itself until then */
  constructor(milliseconds: number, over: () => void, keepsAlive = false) {
    this.#over = over;
    this.#keepsAlive = keepsAlive;
    this.#due = performance.now() + milliseconds;
    this.#timer = this.#lookIn(milliseconds);
  }

  /** It is not needed any more. */
  clear(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#immediate);
  }

  #lookIn(milliseconds: number): NodeJS.Timeout {
    const timer = setTimeout(this.#look, milliseconds);
    return this.#keepsAlive ? timer : timer.unref();
  }

  readonly #look = (): void => {
    const now = performance.now();
    const late = now - this.#due;
    if (late > LATE_MILLISECONDS && this.#delays < MOST_DELAYS) {
      const catchUp = Math.min(Math.max(late, SHORTEST_CATCH_UP_MILLISECONDS), LONGEST_CATCH_UP_MILLISECONDS);
      this.#delays += 1;
      this.#due = now + catchUp;
      this.#timer = this.#lookIn(catchUp);
    } else {
      // Between timers and this the loop reads.
      this.#immediate = setImmediate(this.#over);
    }
  };
}
