/** Somebody who waits for an instance. One of the two is called, once. */
export interface Waiting<Instance> {
  take(instance: Instance): void;
  refuse(error: unknown): void;
}

export interface WaitLimits {
  /** Milliseconds. */
  readonly limit?: number | undefined;
  /** The error when the limit is over. */
  readonly timeUp?: () => Error;
  readonly signal?: AbortSignal | undefined;
  /** The error when the signal is aborted. */
  readonly aborted?: () => Error;
}

/** Those who wait until an instance can take them, first come first served. */
export class CallQueue<Instance> {
  readonly #waiting = new Set<Waiting<Instance>>();
  #heir: CallQueue<Instance> | undefined;

  get size(): number {
    return this.#waiting.size;
  }

  add(waiting: Waiting<Instance>, { limit, timeUp, signal, aborted }: WaitLimits = {}): void {
    const refuseFor = (reason: (() => Error) | undefined): void => {
      if (this.#remove(entry)) entry.refuse(reason?.());
    };
    const onAbort = (): void => refuseFor(aborted);
    const timer = limit === undefined ? undefined : setTimeout(refuseFor, limit, timeUp);
    const done = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    };
    const entry: Waiting<Instance> = {
      take: (instance) => (done(), waiting.take(instance)),
      refuse: (error) => (done(), waiting.refuse(error)),
    };
    signal?.addEventListener('abort', onAbort, { once: true });
    this.#waiting.add(entry);
  }

  /** Serves those who wait, one after the other, until `next` has no instance for another. */
  serve(next: () => Instance | undefined): void {
    for (const entry of this.#waiting) {
      const instance = next();
      if (instance === undefined) return;
      this.#waiting.delete(entry);
      entry.take(instance);
    }
  }

  refuseAll(error: unknown): void {
    const all = [...this.#waiting];
    this.#waiting.clear();
    for (const entry of all) entry.refuse(error);
  }

  /** Those who wait go on waiting there, under the limits that they came with. */
  handOver(heir: CallQueue<Instance>): void {
    this.#heir = heir;
    for (const entry of this.#waiting) heir.#waiting.add(entry);
    this.#waiting.clear();
  }

  #remove(entry: Waiting<Instance>): boolean {
    return this.#waiting.delete(entry) || (this.#heir !== undefined && this.#heir.#remove(entry));
  }
}
