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

  meets(other: PluginBits): boolean {
    return this.#words.some((word, index) => (word & (other.#words[index] ?? 0)) !== 0);
  }
}

export function bitsOf(plugins: readonly number[], count: number): PluginBits {
  const bits = new PluginBits(count);
  for (const plugin of plugins) bits.add(plugin);
  return bits;
}
