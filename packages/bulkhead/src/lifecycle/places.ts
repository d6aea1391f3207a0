import { abortable } from './wait.ts';
import { deferred, type Deferred } from './deferred.ts';

/** Lets a bounded number of things be done at the same time: more would only slow each other. The others wait in order. */
export class Places {
  readonly #waiting = new Set<Deferred<void>>();
  #free: number;

  constructor(atOnce: number) {
    this.#free = atOnce;
  }

  /** Waits for a place. @returns a function that gives it back; call it once. @throws the signal's reason */
  async enter(signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted();
    if (this.#free > 0) this.#free -= 1;
    else await this.#wait(signal);
    return () => this.#leave();
  }

  async #wait(signal: AbortSignal): Promise<void> {
    const place = deferred<void>();
    this.#waiting.add(place);
    try {
      await abortable(place.promise, signal);
    } catch (error) {
      // If a place was given in the same turn, it goes to the next in line.
      if (!this.#waiting.delete(place)) this.#leave();
      throw error;
    }
  }

  #leave(): void {
    const [next] = this.#waiting;
    if (next === undefined) this.#free += 1;
    else {
      this.#waiting.delete(next);
      next.resolve();
    }
  }
}
