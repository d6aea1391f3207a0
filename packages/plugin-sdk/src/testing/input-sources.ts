import { STREAM_WINDOW_CHUNKS } from '@bulkhead/protocol';

type Source = AsyncIterable<unknown>;

/** An input with what is a stream in it taken out. */
export interface SplitInput {
  readonly input: unknown;
  readonly places: readonly (string | null)[];
  readonly sources: readonly Source[];
}

/** Streams are an input itself, or stand at its keys. */
export function splitInput(given: unknown): SplitInput {
  if (isSource(given)) return { input: null, places: [null], sources: [given] };
  if (typeof given !== 'object' || given === null || Object.getPrototypeOf(given) !== Object.prototype)
    return { input: given, places: [], sources: [] };
  const streams = Object.entries(given).filter((entry): entry is [string, Source] => isSource(entry[1]));
  return {
    input: { ...given, ...Object.fromEntries(streams.map(([key]) => [key, null])) },
    places: streams.map(([key]) => key),
    sources: streams.map(([, source]) => source),
  };
}

function isSource(value: unknown): value is Source {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}

/** Reads a source as the plugin takes what it yields. */
export class Feed {
  readonly #iterator: AsyncIterator<unknown>;
  #credit = STREAM_WINDOW_CHUNKS;
  #isOver = false;
  #wake: (() => void) | undefined;

  constructor(source: Source) {
    this.#iterator = source[Symbol.asyncIterator]();
  }

  /** Resolves at the end of the source, or when no more is wanted. @throws what the source throws */
  async run(send: (chunk: unknown) => void, end: () => void): Promise<void> {
    while (!this.#isOver) {
      if (this.#credit === 0) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
        continue;
      }
      const step = await this.#iterator.next();
      if (this.#isOver) break;
      if (step.done === true) return end();
      this.#credit -= 1;
      send(step.value);
    }
    await this.#iterator.return?.();
  }

  credit(count: number): void {
    if (count === 0) this.#isOver = true;
    this.#credit += count;
    this.#wake?.();
  }
}
