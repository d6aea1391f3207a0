import { Buffer } from 'node:buffer';

/** Memory up to this size is kept for the next copy: fresh memory costs twenty times the copying (measured with 1 MiB). */
const KEPT_BYTES = 4 * 1024 * 1024;

/** Copies of large binary values whose owners may change them while the socket still holds them. */
export class BodyCopies {
  #kept: Buffer | undefined;

  /** Hands a copy to `write`, which calls `written` when it needs that no more. */
  lend(body: Uint8Array, write: (copy: Uint8Array, written: () => void) => void): void {
    const kept = this.#kept !== undefined && this.#kept.length >= body.length ? this.#kept : undefined;
    if (kept !== undefined) this.#kept = undefined;
    const memory = kept ?? Buffer.allocUnsafeSlow(body.length);
    memory.set(body);
    write(memory.subarray(0, body.length), () => {
      if (memory.length <= KEPT_BYTES && memory.length >= (this.#kept?.length ?? 0)) this.#kept = memory;
    });
  }
}
