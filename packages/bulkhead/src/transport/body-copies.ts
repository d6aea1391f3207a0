import { Buffer } from 'node:buffer';

/** Memory up to this size is kept for the next copy: fresh memory costs twenty times the copying (measured with 1 MiB). */
const KEPT_BYTES = 4 * 1024 * 1024;
/** Larger memory is kept this long, for calls that follow each other. */
const LARGE_KEPT_MILLISECONDS = 1_000;

/** Copies of large binary values whose owners may change them while the socket still holds them. */
export class BodyCopies {
  #kept: Buffer | undefined;
  #large: Buffer | undefined;
  #forget: NodeJS.Timeout | undefined;

  /** Hands a copy to `write`, which calls `written` when it needs that no more. */
  lend(body: Uint8Array, write: (copy: Uint8Array, written: () => void) => void): void {
    const memory = this.#take(body.length);
    memory.set(body);
    write(memory.subarray(0, body.length), () => this.#giveBack(memory));
  }

  #take(length: number): Buffer {
    const kept = length <= KEPT_BYTES ? this.#kept : this.#large;
    if (kept === undefined || kept.length < length) return Buffer.allocUnsafeSlow(length);
    if (kept === this.#kept) this.#kept = undefined;
    else this.#large = undefined;
    return kept;
  }

  #giveBack(memory: Buffer): void {
    if (memory.length <= KEPT_BYTES) {
      if (memory.length >= (this.#kept?.length ?? 0)) this.#kept = memory;
      return;
    }
    if (memory.length >= (this.#large?.length ?? 0)) this.#large = memory;
    clearTimeout(this.#forget);
    this.#forget = setTimeout(() => (this.#large = undefined), LARGE_KEPT_MILLISECONDS).unref();
  }
}
