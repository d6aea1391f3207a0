/** Time that one stream gets in one turn of the event loop: long enough for hundreds of answers. */
const SLICE_MILLISECONDS = 2;

/** A chunk that follows sooner than this belongs to the same turn: Node reads it before it looks at other sockets. */
const SAME_TURN_MILLISECONDS = 0.1;

/** Measures what one stream from a plugin takes of the host's time, so that others have theirs. */
export class TurnBudget {
  #began = 0;
  #ended = Number.NEGATIVE_INFINITY;

  /** A piece of work begins. */
  enter(): void {
    const now = performance.now();
    if (now - this.#ended > SAME_TURN_MILLISECONDS) this.#began = now;
  }

  /** A new turn has begun. */
  renew(): void {
    this.#began = performance.now();
    this.#ended = this.#began;
  }

  /** The piece of work is done. @returns whether others come first now */
  leave(): boolean {
    this.#ended = performance.now();
    return this.#ended - this.#began > SLICE_MILLISECONDS;
  }

  /** Whether the piece of work may go on. */
  get isLeft(): boolean {
    return performance.now() - this.#began <= SLICE_MILLISECONDS;
  }
}
