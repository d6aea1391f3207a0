import { abortable } from '../lifecycle/wait.ts';

/** One call under way and its callers. It goes on as long as one of them waits. */
export class SingleFlight<Answer> {
  readonly #call: (signal: AbortSignal) => Promise<Answer>;
  readonly #onAbandoned: () => void;
  readonly #controller = new AbortController();
  #answer: Promise<Answer> | undefined;
  #waiting = 0;
  #isOver = false;

  /** @param onAbandoned called when the last caller has gone */
  constructor(call: (signal: AbortSignal) => Promise<Answer>, onAbandoned: () => void) {
    this.#call = call;
    this.#onAbandoned = onAbandoned;
  }

  /**
   * Waits for the answer, or rejects with the signal's reason. The first caller begins the call, so that its failure always reaches a
   * caller.
   */
  async join(signal: AbortSignal | undefined): Promise<Answer> {
    signal?.throwIfAborted();
    this.#answer ??= this.#call(this.#controller.signal).finally(() => (this.#isOver = true));
    this.#waiting += 1;
    try {
      return await (signal === undefined ? this.#answer : abortable(this.#answer, signal));
    } finally {
      this.#waiting -= 1;
      if (this.#waiting === 0 && !this.#isOver) this.#abandon(signal?.reason);
    }
  }

  /** The answer, such as a stream, goes on: from now on this signal ends it. */
  endWith(signal: AbortSignal): void {
    const end = (): void => this.#controller.abort(signal.reason);
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
  }

  #abandon(reason: unknown): void {
    this.#onAbandoned();
    this.#controller.abort(reason);
  }
}
