import { Limit } from './limit.ts';

/** Something that is over when it has waited for too long. */
export interface Expiring {
  /** By `performance.now()`. May move away while it waits, never nearer. */
  readonly expiresAt: number;
  expire(): void;
}

/** The longest delay of `setTimeout`; the timer looks again then. */
const LONGEST_MILLISECONDS = 2 ** 31 - 1;

/**
 * One timer for all that wait, set for the first that may expire. Nearly all are done long before that, so that the timer is
 * seldom touched (measured: to start and clear one for each takes a tenth of the host's time for a call among many).
 */
export class ExpiryTimer<Item extends Expiring> {
  readonly #waiting = new Set<Item>();
  #limit: Limit | undefined;
  #setFor = Number.POSITIVE_INFINITY;

  /** Those that still wait, in the order in which they were added. */
  get oldestFirst(): Iterable<Item> {
    return this.#waiting;
  }

  add(item: Item): void {
    this.#waiting.add(item);
    if (item.expiresAt < this.#setFor) this.#set(item.expiresAt);
  }

  /** It is done. The timer stays as it is: it finds nothing then. */
  delete(item: Item): void {
    this.#waiting.delete(item);
  }

  close(): void {
    this.#limit?.clear();
    this.#waiting.clear();
  }

  #set(time: number): void {
    this.#limit?.clear();
    this.#setFor = time;
    const milliseconds = Math.min(Math.ceil(time - performance.now()), LONGEST_MILLISECONDS);
    this.#limit = new Limit(milliseconds, this.#look);
  }

  readonly #look = (): void => {
    this.#setFor = Number.POSITIVE_INFINITY;
    const now = performance.now();
    const due: Item[] = [];
    let next = Number.POSITIVE_INFINITY;
    for (const item of this.#waiting) {
      const { expiresAt } = item;
      if (expiresAt <= now) due.push(item);
      else if (expiresAt < next) next = expiresAt;
    }
    // Before anything is told: an item may add another, or throw.
    if (next < Number.POSITIVE_INFINITY) this.#set(next);
    for (const item of due) {
      if (this.#waiting.delete(item)) item.expire();
    }
  };
}
