import { STREAM_WINDOW_BYTES, STREAM_WINDOW_CHUNKS } from '@bulkhead/protocol';
import { type Deferred, deferred } from '../lifecycle/deferred.ts';
import type { InputSource } from './input-source.ts';

/** The conversation, as one of its feeds sees it. */
export interface FeedReceiver {
  /** Sends a chunk; `index` counts them. @returns its size in bytes. @throws when it can't be sent. */
  chunk(value: unknown, index: number): number;
  /** The source has ended. */
  end(): void;
  /** The source threw this, or a chunk of it can't be sent. */
  fail(error: unknown): void;
  /** Resolves when the transport takes more. */
  readonly writable: Promise<void>;
}

/** Pulls one source as far as the plugin has room: never more than the window ahead of it. */
export class InputFeed {
  readonly #source: InputSource;
  readonly #receiver: FeedReceiver;
  /** Of the chunks that the plugin has not taken, the oldest first, and their sum. */
  readonly #sizes: number[] = [];
  #bytes = 0;
  #isOver = false;
  #isPulling = false;
  #room: Deferred<void> | undefined;

  constructor(source: InputSource, receiver: FeedReceiver) {
    this.#source = source;
    this.#receiver = receiver;
  }

  /** Sends until the source has ended or the feed is stopped. Never rejects. */
  async run(): Promise<void> {
    try {
      for (let index = 0; await this.#mayGoOn(); index += 1) {
        this.#isPulling = true;
        const result = await this.#source.next();
        this.#isPulling = false;
        if (this.#isOver) return;
        if (result.done === true) {
          this.#isOver = true;
          return this.#receiver.end();
        }
        this.#sent(this.#receiver.chunk(result.value, index));
      }
    } catch (error) {
      if (this.#isOver) return;
      this.stop();
      this.#receiver.fail(error);
    }
  }

  /** Whether the plugin has taken all that there was, and the source gives no more of it. */
  get isStarved(): boolean {
    return this.#isPulling && this.#sizes.length === 0 && !this.#isOver;
  }

  /** The plugin took `count` chunks. */
  credit(count: number): void {
    for (const size of this.#sizes.splice(0, count)) this.#bytes -= size;
    if (this.#hasRoom) this.#room?.resolve();
  }

  /** No more is wanted: closes the source. */
  stop(): void {
    this.#isOver = true;
    this.#source.close();
    this.#room?.resolve();
  }

  get #hasRoom(): boolean {
    return this.#sizes.length < STREAM_WINDOW_CHUNKS && this.#bytes < STREAM_WINDOW_BYTES;
  }

  #sent(bytes: number): void {
    this.#sizes.push(bytes);
    this.#bytes += bytes;
  }

  async #mayGoOn(): Promise<boolean> {
    if (!this.#hasRoom && !this.#isOver) {
      this.#room = deferred();
      await this.#room.promise;
    }
    await this.#receiver.writable;
    return !this.#isOver;
  }
}
