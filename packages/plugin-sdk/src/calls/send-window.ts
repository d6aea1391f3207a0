import { STREAM_WINDOW_BYTES, STREAM_WINDOW_CHUNKS } from '@bulkhead/protocol';

/** How far a stream may be ahead of its reader. */
export class SendWindow {
  /** Sizes of the chunks that were sent and not yet taken. */
  readonly #ahead: number[] = [];
  #bytes = 0;
  #isUnwanted = false;
  #wake: (() => void) | undefined;

  /** Whether the reader wants no more. */
  get isUnwanted(): boolean {
    return this.#isUnwanted;
  }

  get isOpen(): boolean {
    return this.#isUnwanted || (this.#ahead.length < STREAM_WINDOW_CHUNKS && this.#bytes < STREAM_WINDOW_BYTES);
  }

  sent(bytes: number): void {
    this.#ahead.push(bytes);
    this.#bytes += bytes;
  }

  /** CREDIT: `count` more were taken; 0: no more is wanted. */
  credit(count: number): void {
    if (count === 0) this.#isUnwanted = true;
    for (const bytes of this.#ahead.splice(0, count)) this.#bytes -= bytes;
    if (this.isOpen) this.#wake?.();
  }

  /** Resolves when a further chunk may be sent, or none is wanted. */
  async opened(): Promise<void> {
    while (!this.isOpen)
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
  }
}
