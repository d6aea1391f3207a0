/** Xorshift with 32 bits of state: the same seed gives the same choices, on every machine. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = Math.imul(seed ^ 0x5bd1e995, 0x9e3779b1) || 1;
  }

  /** From 0, below 1. */
  fraction(): number {
    this.#state ^= this.#state << 13;
    this.#state ^= this.#state >>> 17;
    this.#state ^= this.#state << 5;
    return (this.#state >>> 0) / 2 ** 32;
  }

  /** Both ends included. */
  integer(least: number, most: number): number {
    return least + Math.floor(this.fraction() * (most - least + 1));
  }

  pick<Value>(values: readonly Value[]): Value {
    return values[this.integer(0, values.length - 1)] as Value;
  }

  bytes(size: number): Uint8Array {
    const words = new Uint32Array(Math.ceil(size / 4));
    for (let index = 0; index < words.length; index += 1) words[index] = this.fraction() * 2 ** 32;
    return new Uint8Array(words.buffer, 0, size);
  }

  /** Another sequence for another user: each then gets the same numbers, however many the others draw. */
  fork(): Random {
    return new Random(this.integer(1, 2 ** 31));
  }
}
