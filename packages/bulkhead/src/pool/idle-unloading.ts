/** As much of an instance as has to be known to say that nobody needs it. */
export interface Unneeded {
  readonly accepting: boolean;
  /** Sent and not answered, and all that were sent. */
  readonly calls: { readonly inFlight: number; readonly sent: number };
}

/** Finds the instances that had no call for a time. Asked now and then, so that a call costs nothing. */
export class IdleUnloading<Instance extends Unneeded> {
  readonly #limit: number;
  /** How many calls each had been sent when it was last seen busy or new, and when that was. */
  readonly #seen = new Map<Instance, { readonly sent: number; readonly at: number }>();

  /** @param limit milliseconds */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Those of `instances` to stop at `now` (milliseconds), the youngest first, so that `keep` are left. */
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
