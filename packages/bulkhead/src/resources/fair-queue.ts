export interface Queued {
  readonly priority: number;
  /** Number of later ones that were put before it. */
  overtaken: number;
}

/** An entry that was overtaken this often keeps its place, so that higher priorities can't starve it. */
export const MOST_OVERTAKINGS = 8;

/** A queue by priority, higher first; among equals first come, first served. */
export class FairQueue<Entry extends Queued> implements Iterable<Entry> {
  readonly #entries: Entry[] = [];

  get head(): Entry | undefined {
    return this.#entries[0];
  }

  get size(): number {
    return this.#entries.length;
  }

  /** @returns whether it is the last now */
  add(entry: Entry): boolean {
    let place = this.#entries.length;
    for (; place > 0; place -= 1) {
      const before = this.#entries[place - 1]!;
      if (before.priority >= entry.priority || before.overtaken >= MOST_OVERTAKINGS) break;
      before.overtaken += 1;
    }
    this.#entries.splice(place, 0, entry);
    return place === this.#entries.length - 1;
  }

  /** @returns whether it was in the queue */
  delete(entry: Entry): boolean {
    const place = this.#entries[0] === entry ? 0 : this.#entries.indexOf(entry);
    if (place === 0) this.#entries.shift();
    else if (place > 0) this.#entries.splice(place, 1);
    return place >= 0;
  }

  [Symbol.iterator](): Iterator<Entry> {
    return this.#entries.values();
  }
}
