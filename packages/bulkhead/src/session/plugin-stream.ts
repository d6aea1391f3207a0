import { STREAM_WINDOW_CHUNKS } from '@bulkhead/protocol';
import { type Deferred, deferred } from '../lifecycle/deferred.ts';

/** The conversation, as one of its streams sees it. */
export interface StreamSource {
  /** The reader took `count` chunks: as many more may be sent. */
  grant(count: number): void;
  /** The reader wants no more. */
  stop(): void;
}

/** As many as are taken before the plugin hears of it: a frame for each would double their number. */
const GRANTED_TOGETHER = STREAM_WINDOW_CHUNKS / 2;

type Ending<Returned> = { readonly value: Returned | undefined } | { readonly error: unknown };

/**
 * The answer of an action that is a generator. To be read once, by `for await`; leaving the loop stops the generator, and waits
 * until its `finally` blocks have run. The plugin is never more than 16 chunks ahead of the reader.
 *
 * A stream is part of its call: the call's time limit and signal end it, even if it is not read.
 *
 * @typeParam Chunk what the action yields
 * @typeParam Returned what the generator returns; nothing checks either
 */
export class PluginStream<Chunk = unknown, Returned = unknown>
  implements AsyncIterableIterator<Chunk, Returned | undefined, undefined>, AsyncDisposable
{
  readonly #source: StreamSource;
  readonly #chunks: Chunk[] = [];
  readonly #readers: Deferred<IteratorResult<Chunk, Returned | undefined>>[] = [];
  readonly #left = deferred<void>();
  #ending: Ending<Returned> | undefined;
  #returned: Returned | undefined;
  /** Chunks that came, less those granted anew; and of these, how many the reader took. */
  #outstanding = 0;
  #taken = 0;

  /** @internal The session makes it. */
  constructor(source: StreamSource) {
    this.#source = source;
  }

  /** The value that the generator returned; undefined until the stream has ended. */
  get returned(): Returned | undefined {
    return this.#returned;
  }

  /** The next chunk. @throws what ended the stream before its time: the generator's error, or a BulkheadError such as `CALL_TIMEOUT` */
  async next(): Promise<IteratorResult<Chunk, Returned | undefined>> {
    if (this.#chunks.length > 0) {
      const value = this.#chunks.shift() as Chunk;
      this.#take();
      return { done: false, value };
    }
    if (this.#ending !== undefined) return this.#takeEnding(this.#ending);
    const reader = deferred<IteratorResult<Chunk, Returned | undefined>>();
    this.#readers.push(reader);
    return await reader.promise;
  }

  /** Stops the generator. Resolves when it has ended. */
  async return(
    value?: Returned | PromiseLike<Returned | undefined>,
  ): Promise<IteratorResult<Chunk, Returned | undefined>> {
    const isRunning = this.#ending === undefined;
    this.#chunks.length = 0;
    this.end(undefined);
    this.#ending = { value: undefined };
    if (isRunning) {
      this.#source.stop();
      await this.#left.promise;
    }
    return { done: true, value: await value };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  /** @internal A chunk came. @returns false if it came without credit. */
  push(value: Chunk): boolean {
    this.#outstanding += 1;
    if (this.#outstanding > STREAM_WINDOW_CHUNKS) return false;
    if (this.#ending !== undefined) return true; // its reader has left
    const reader = this.#readers.shift();
    if (reader === undefined) this.#chunks.push(value);
    else {
      this.#take();
      reader.resolve({ done: false, value });
    }
    return true;
  }

  /** @internal The generator returned `value`: the reader hears of it behind the chunks that are here. */
  end(value: Returned | undefined): void {
    if (this.#ending !== undefined) return;
    this.#returned = value;
    this.#ending = { value };
    for (const reader of this.#readers.splice(0)) reader.resolve({ done: true, value });
  }

  /** @internal The reader hears of it behind the chunks that are here. */
  fail(error: unknown): void {
    if (this.#ending !== undefined) return;
    this.#ending = { error };
    const [first, ...others] = this.#readers.splice(0);
    if (first === undefined) return;
    this.#ending = { value: undefined };
    first.reject(error);
    for (const reader of others) reader.resolve({ done: true, value: undefined });
  }

  /** @internal The plugin has nothing more to do with it. */
  leave(): void {
    this.#left.resolve();
  }

  #take(): void {
    this.#taken += 1;
    if (this.#chunks.length > 0 && this.#taken < GRANTED_TOGETHER) return;
    if (this.#ending !== undefined) return;
    const count = this.#taken;
    this.#outstanding -= count;
    this.#taken = 0;
    this.#source.grant(count);
  }

  /** Like a generator's: once. */
  #takeEnding(ending: Ending<Returned>): IteratorResult<Chunk, Returned | undefined> {
    this.#ending = { value: undefined };
    if ('error' in ending) throw ending.error;
    return { done: true, value: ending.value };
  }
}
