/** What the thread of the control channel and the main thread both see, at once, whatever the event loop of either does. */
const WRITTEN = 0;
const FIRST_CANCELLED = 1;
/** Cancelled calls that are remembered; a call that was cancelled before those is found by its signal alone. */
const PLACES = 64;

export function newControlState(): SharedArrayBuffer {
  return new SharedArrayBuffer((FIRST_CANCELLED + PLACES) * Int32Array.BYTES_PER_ELEMENT);
}

export class ControlState {
  readonly #numbers: Int32Array;

  constructor(memory: SharedArrayBuffer) {
    this.#numbers = new Int32Array(memory);
  }

  noteCancelled(call: number): void {
    Atomics.store(this.#numbers, placeOf(call), call | 0);
  }

  isCancelled(call: number): boolean {
    return Atomics.load(this.#numbers, placeOf(call)) === (call | 0);
  }

  noteWritten(): void {
    Atomics.add(this.#numbers, WRITTEN, 1);
    Atomics.notify(this.#numbers, WRITTEN);
  }

  /** Blocks until so many frames were written, for at most so long. */
  waitForWritten(frames: number, milliseconds: number): void {
    const end = performance.now() + milliseconds;
    for (;;) {
      const written = Atomics.load(this.#numbers, WRITTEN);
      const left = end - performance.now();
      if (written === (frames | 0) || left <= 0) return;
      Atomics.wait(this.#numbers, WRITTEN, written, left);
    }
  }
}

function placeOf(call: number): number {
  return FIRST_CANCELLED + (call % PLACES);
}
