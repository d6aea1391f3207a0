import type { Claim } from './claim.ts';

/** How much of a resource is taken, and whether a further claim fits. */
export class Occupancy {
  readonly #capacity: number;
  #holders = 0;
  #used = 0;
  #isExclusive = false;

  /** @param capacity undefined: any number of sharers */
  constructor(capacity: number | undefined) {
    this.#capacity = capacity ?? Number.POSITIVE_INFINITY;
  }

  admits({ mode, amount }: Claim): boolean {
    if (this.#holders === 0) return true;
    return mode === 'shared' && !this.#isExclusive && this.#used + amount <= this.#capacity;
  }

  add({ mode, amount }: Claim): void {
    this.#holders += 1;
    this.#used += amount;
    this.#isExclusive = mode === 'exclusive';
  }

  remove({ amount }: Claim): void {
    this.#holders -= 1;
    this.#used -= amount;
    this.#isExclusive = false; // an exclusive holder was the only one
  }
}
