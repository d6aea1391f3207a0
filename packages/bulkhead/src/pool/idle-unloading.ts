/** What unloading needs to know of an instance. */
export interface Unneeded {
  readonly accepting: boolean;
  /** How many are unanswered, and how many were sent. */
  readonly calls: { readonly inFlight: number; readonly sent: number };
}

/** Finds the instances that had no call for a time. The pool asks now and then, so a call costs nothing. */
export class IdleUnloading<Instance extends Unneeded> {
  readonly #limit: number;
  /** When each was last seen busy or new, and how many calls it had got by then. */
  readonly #seen = new Map<Instance, { readonly sent: number; readonly at: number }>();

  /** @param limit milliseconds */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The instances to stop at `now` (milliseconds), youngest first, so that `keep` are left. */
  due(instances: readonly Instance[], keep: number, now: number): Instance[] {
    for (const known of this.#seen.keys()) if (!instances.includes(known)) this.#seen.delete(known);
    const accepting = instances.filter((instance) => instance.accepting);
    const idle = accepting.filter((instance) => this.#isIdle(instance, now));
    return idle.toReversed().slice(0, Math.max(0, accepting.length - keep));
  }

  #isIdle(instance: Instance, now: number): boolean {
    const { inFlight, sent } = instance.calls;
    const seen = this.#seen.get(instance);
    if (seen !== undefined && inFlight === 0 && seen.sent === sent) return now - seen.at >= this.#limit;
    this.#seen.set(instance, { sent, at: now });
    return false;
  }
}
