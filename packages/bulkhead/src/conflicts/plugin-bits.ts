/** A set of plugins by their indexes: a bit for each, so that a thousand sets of a thousand fit into an eighth of a megabyte. */
export class PluginBits {
  readonly #words: Uint32Array;

  constructor(count: number) {
    this.#words = new Uint32Array(Math.ceil(count / 32));
  }

  add(plugin: number): void {
    this.#words[plugin >>> 5] = (this.#words[plugin >>> 5] ?? 0) | (1 << (plugin & 31));
  }

  addAll(other: PluginBits): void {
    for (const [index, word] of other.#words.entries()) this.#words[index] = (this.#words[index] ?? 0) | word;
  }

  has(plugin: number): boolean {
    return ((this.#words[plugin >>> 5] ?? 0) & (1 << (plugin & 31))) !== 0;
  }

  get size(): number {
    let size = 0;
    for (let word of this.#words) for (; word !== 0; word &= word - 1) size += 1;
    return size;
  }

  *[Symbol.iterator](): Generator<number> {
    for (const [index, word] of this.#words.entries())
      for (let bit = 0; bit < 32; bit += 1) if ((word & (1 << bit)) !== 0) yield index * 32 + bit;
  }
}
