import { checked } from '../author/check-value.ts';
import type { InputStream } from '../author/input-stream.ts';
import type { Schema } from '../author/schema.ts';

/** A stream of an input, as its chunks arrive. `took` is told how many were read; 0: no more is wanted. */
export class ReceivedStream implements InputStream {
  readonly #took: (count: number) => void;
  readonly #check: (chunk: unknown, index: number) => unknown;
  readonly #chunks: unknown[] = [];
  #end: { readonly error?: unknown } | undefined;
  #wake: (() => void) | undefined;
  #index = 0;
  #isBeingRead = false;

  /** @param key where it stands in the input; null: it is the input */
  constructor(key: string | null, schema: Schema | true, took: (count: number) => void) {
    const place = key === null ? [] : [key];
    this.#took = took;
    this.#check = schema === true ? (chunk) => chunk : (chunk, index) => checked(schema, chunk, [index, ...place]);
  }

  receive(chunk: unknown): void {
    if (this.#end !== undefined) return;
    this.#chunks.push(chunk);
    this.#wake?.();
  }

  /** With an error, reading fails behind the chunks before it. */
  end(end: { readonly error?: unknown } = {}): void {
    this.#end ??= end;
    this.#wake?.();
  }

  /** Reading fails at once: the call is over. */
  abandon(error: unknown): void {
    this.#chunks.length = 0;
    this.#end = { error };
    this.#wake?.();
  }

  [Symbol.asyncIterator](): AsyncIterator<unknown, undefined> {
    if (this.#isBeingRead) throw new TypeError('a stream of the input can be read only once');
    this.#isBeingRead = true;
    return { next: () => this.#next(), return: () => this.#leave() };
  }

  async #next(): Promise<IteratorResult<unknown, undefined>> {
    while (this.#chunks.length === 0) {
      if (this.#end !== undefined) {
        if ('error' in this.#end) throw this.#end.error;
        return { done: true, value: undefined };
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const chunk = this.#chunks.shift();
    this.#took(1);
    return { done: false, value: await this.#check(chunk, this.#index++) };
  }

  /** The reader leaves before the end. */
  async #leave(): Promise<IteratorResult<unknown, undefined>> {
    if (this.#end === undefined) this.#took(0);
    this.#chunks.length = 0;
    this.#end ??= {};
    return { done: true, value: undefined };
  }
}

/** A caller without streams gives a list. */
export function streamOf(key: string, list: Iterable<unknown>, schema: Schema | true): InputStream {
  const stream = new ReceivedStream(key, schema, () => {});
  for (const chunk of list) stream.receive(chunk);
  stream.end();
  return stream;
}
