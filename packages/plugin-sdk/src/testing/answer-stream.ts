/** What a generator of the plugin yields. It is never far ahead of its reader, as with a host. */
export class AnswerStream<Chunk = unknown> implements AsyncIterableIterator<Chunk, undefined> {
  /** What the generator returned; undefined until its end. */
  returned: unknown;
  readonly #chunks: unknown[] = [];
  readonly #took: (count: number) => void;
  #end: { readonly error?: Error } | undefined;
  #wake: (() => void) | undefined;

  /** @param took is told how many chunks were read; 0: no more is wanted */
  constructor(took: (count: number) => void) {
    this.#took = took;
  }

  /** @internal */
  receive(chunk: unknown): void {
    this.#chunks.push(chunk);
    this.#wake?.();
  }

  /** @internal */
  finish(returned: unknown, error?: Error): void {
    this.returned = returned;
    this.#end ??= error === undefined ? {} : { error };
    this.#wake?.();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<Chunk, undefined>> {
    while (this.#chunks.length === 0) {
      if (this.#end?.error !== undefined) throw this.#end.error;
      if (this.#end !== undefined) return { done: true, value: undefined };
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    this.#took(1);
    return { done: false, value: this.#chunks.shift() as Chunk };
  }

  /** Leaves before the end: the generator is closed. */
  async return(): Promise<IteratorResult<Chunk, undefined>> {
    if (this.#end === undefined) this.#took(0);
    this.#end = {};
    this.#chunks.length = 0;
    return { done: true, value: undefined };
  }
}
