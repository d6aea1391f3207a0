/** A caller may hand this over as a stream. The host iterates it once, as far as the plugin asks for more. */
type Source = AsyncIterable<unknown> | IterableIterator<unknown>;

/**
 * Whether it is a stream and not a value: something that iterates asynchronously (an async generator, a Readable), or an
 * iterator (a generator). Arrays, typed arrays, Maps and Sets can be iterated too, but are no iterators.
 */
export function isSource(value: unknown): value is Source {
  if (typeof value !== 'object' || value === null) return false;
  const {
    next,
    [Symbol.iterator]: iterate,
    [Symbol.asyncIterator]: iterateAsynchronously,
  } = value as Partial<Record<'next' | symbol, unknown>>;
  return typeof iterateAsynchronously === 'function' || (typeof next === 'function' && typeof iterate === 'function');
}

/** A stream that is part of an input. The call owns it: whichever way that ends, the source is closed. */
export class InputSource {
  /** The key of the input that it stands at, or null where it is the input itself. */
  readonly place: string | null;
  /** What the caller gave. */
  readonly origin: object;
  #iterator: Iterator<unknown> | AsyncIterator<unknown> | undefined;
  #isOver = false;

  constructor(place: string | null, source: Source) {
    this.place = place;
    this.origin = source;
  }

  /** @throws whatever the source throws; it is over then. */
  async next(): Promise<IteratorResult<unknown>> {
    try {
      this.#iterator ??= this.#iterate();
      const result = await this.#iterator.next();
      if (result.done === true) this.#isOver = true;
      return result;
    } catch (error) {
      this.#isOver = true;
      throw error;
    }
  }

  /**
   * Lets its `finally` blocks run, once; a source that has ended has run them. The host does not wait for them, since the
   * source may still be at its next chunk, and ignores their errors.
   */
  close(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    void this.#close().catch(() => {});
  }

  async #close(): Promise<void> {
    this.#iterator ??= this.#iterate();
    const returned = this.#iterator.return?.();
    // A Readable that was not begun, or waits for data, does not hear of its iterator's end.
    const { destroy } = this.origin as { destroy?: unknown };
    if (typeof destroy === 'function') destroy.call(this.origin);
    await returned;
  }

  #iterate(): Iterator<unknown> | AsyncIterator<unknown> {
    const source = this.origin as Source;
    return Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
  }
}
