import { Buffer } from 'node:buffer';

/** Memory up to this size is used again: fresh memory costs many times the copying. */
const KEPT_BYTES = 4 * 1024 * 1024;

/** Copies of large binary values whose owners may change them while the socket still holds them. */
export class BodyCopies {
  #kept: Buffer | undefined;

  /** Hands a copy to `write`, which calls `written` when it needs that no more. */
  lend(body: Uint8Array, write: (copy: Uint8Array, written: () => void) => void): void {
    const kept = this.#kept;
    const isEnough = kept !== undefined && kept.length >= body.length;
    const memory = isEnough ? kept : Buffer.allocUnsafeSlow(body.length);
    if (isEnough) this.#kept = undefined;
    memory.set(body);
    write(memory.subarray(0, body.length), () => {
      if (memory.length <= KEPT_BYTES && memory.length >= (this.#kept?.length ?? 0)) this.#kept = memory;
    });
  }
}
