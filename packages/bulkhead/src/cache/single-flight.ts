import { abortable } from '../lifecycle/wait.ts';

/** One call under way, and those who wait for its answer. It goes on as long as there is one. */
export class SingleFlight<Answer> {
  readonly #call: (signal: AbortSignal) => Promise<Answer>;
  readonly #onAbandoned: () => void;
  readonly #controller = new AbortController();
  #answer: Promise<Answer> | undefined;
  #waiting = 0;
  #isOver = false;

  /** @param onAbandoned the last who waited has gone */
  constructor(call: (signal: AbortSignal) => Promise<Answer>, onAbandoned: () => void) {
    this.#call = call;
    this.#onAbandoned = onAbandoned;
  }

  /**
   * Waits for the answer, or until the signal is aborted: then rejects with its reason. The first to wait begins the call, so that
   * there is always somebody who hears of its failure.
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

  /** What the answer has begun goes on, and ends with the signal. */
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
