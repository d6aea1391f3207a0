/** A set of plugins by index, one bit each: a thousand sets of a thousand plugins take an eighth of a megabyte. */
export class PluginSet {
  readonly #words: Uint32Array;

  /** @param count how many plugins there are in all */
  constructor(count: number, members: readonly number[] = []) {
    this.#words = new Uint32Array(Math.ceil(count / 32));
    for (const plugin of members) this.add(plugin);
  }

  add(plugin: number): void {
    this.#words[plugin >>> 5] = (this.#words[plugin >>> 5] ?? 0) | (1 << (plugin & 31));
  }

  addAll(other: PluginSet): void {
    for (const [index, word] of other.#words.entries()) this.#words[index] = (this.#words[index] ?? 0) | word;
  }

  has(plugin: number): boolean {
    return ((this.#words[plugin >>> 5] ?? 0) & (1 << (plugin & 31))) !== 0;
  }

  /** Whether the two have a plugin in common. */
  meets(other: PluginSet): boolean {
    return this.#words.some((word, index) => (word & (other.#words[index] ?? 0)) !== 0);
  }
}
