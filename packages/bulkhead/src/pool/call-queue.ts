import { Limit } from '../lifecycle/limit.ts';

/** A call, or a start, that waits for an instance. Either `take` or `refuse` is called, once. */
export interface Waiting<Instance> {
  /** The action to call; undefined: any instance will do, however busy. Such entries come first. */
  readonly action?: string | undefined;
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

/** Calls that wait until an instance can take them: first come, first served. */
export class CallQueue<Instance> {
  readonly #waiting = new Set<Waiting<Instance>>();
  readonly #first = new Set<Waiting<Instance>>();
  #isServing = false;
  #heir: CallQueue<Instance> | undefined;

  get size(): number {
    return this.#waiting.size + this.#first.size;
  }

  add(waiting: Waiting<Instance>, { limit, timeUp, signal, aborted }: WaitLimits = {}): void {
    const refuseFor = (reason: (() => Error) | undefined): void => {
      if (this.#remove(entry)) entry.refuse(reason?.());
    };
    const onAbort = (): void => refuseFor(aborted);
    const limited = limit === undefined ? undefined : new Limit(limit, () => refuseFor(timeUp));
    const done = (): void => {
      limited?.clear();
      signal?.removeEventListener('abort', onAbort);
    };
    const entry: Waiting<Instance> = {
      action: waiting.action,
      take: (instance) => (done(), waiting.take(instance)),
      refuse: (error) => (done(), waiting.refuse(error)),
    };
    signal?.addEventListener('abort', onAbort, { once: true });
    this.#lineOf(entry).add(entry);
  }

  /** Serves the calls in order, until `next` has no instance for one. None overtakes another. */
  serve(next: (action: string | undefined) => Instance | undefined): void {
    if (this.#isServing) return; // a call that ended as soon as it was taken: the loop below goes on
    this.#isServing = true;
    try {
      if (this.#serveLine(this.#first, next)) this.#serveLine(this.#waiting, next);
    } finally {
      this.#isServing = false;
    }
  }

  #serveLine(line: Set<Waiting<Instance>>, next: (action: string | undefined) => Instance | undefined): boolean {
    for (const entry of line) {
      const instance = next(entry.action);
      if (instance === undefined) return false;
      line.delete(entry);
      entry.take(instance);
    }
    return true;
  }

  refuseAll(error: unknown): void {
    const all = [...this.#first, ...this.#waiting];
    this.#first.clear();
    this.#waiting.clear();
    for (const entry of all) entry.refuse(error);
  }

  /** The calls go on waiting there, under the limits that they came with. */
  handOver(heir: CallQueue<Instance>): void {
    this.#heir = heir;
    for (const entry of this.#first) heir.#first.add(entry);
    for (const entry of this.#waiting) heir.#waiting.add(entry);
    this.#first.clear();
    this.#waiting.clear();
  }

  #remove(entry: Waiting<Instance>): boolean {
    return this.#lineOf(entry).delete(entry) || (this.#heir !== undefined && this.#heir.#remove(entry));
  }

  #lineOf({ action }: Waiting<Instance>): Set<Waiting<Instance>> {
    return action === undefined ? this.#first : this.#waiting;
  }
}
