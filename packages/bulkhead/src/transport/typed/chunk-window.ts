import type { Buffer } from 'node:buffer';
import { STREAM_WINDOW_BYTES, STREAM_WINDOW_CHUNKS } from '@bulkhead/protocol';
import type { ClientReadableStream } from '@grpc/grpc-js';

/** What of a stream is on its way to its reader. */
export class ChunkWindow {
  readonly #call: ClientReadableStream<Buffer>;
  readonly #sizes: number[] = [];
  areUnwanted = false;

  constructor(call: ClientReadableStream<Buffer>) {
    this.#call = call;
  }

  sent(bytes: number): void {
    this.#sizes.push(bytes);
    if (this.#isFull) this.#call.pause();
  }

  credit(count: number): void {
    this.#sizes.splice(0, count);
    if (!this.#isFull) this.#call.resume();
  }

  /** Whoever waits to send must find out that nobody reads any more. */
  unwanted(): void {
    this.areUnwanted = true;
    this.#call.resume();
  }

  get #isFull(): boolean {
    const bytes = this.#sizes.reduce((sum, size) => sum + size, 0);
    return this.#sizes.length >= STREAM_WINDOW_CHUNKS || bytes >= STREAM_WINDOW_BYTES;
  }
}
