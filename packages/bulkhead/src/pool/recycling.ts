import type { RunningInstance } from '../launcher/running-instance.ts';
import type { PoolSpec } from '../registry/plugin-spec.ts';

/** As much of an instance as has to be known to judge its age. */
export interface Aging {
  /** How many it was sent. */
  readonly calls: { readonly sent: number };
  vitals: NonNullable<RunningInstance['vitals']>;
}

/** Says when an instance is to be replaced by a fresh one: it served its calls, or has grown. */
export class Recycling {
  readonly #calls: number;
  readonly #memory: number | undefined;

  constructor({ calls, memory }: PoolSpec['recycle']) {
    this.#calls = calls ?? Number.POSITIVE_INFINITY;
    this.#memory = memory;
  }

  get watchesMemory(): boolean {
    return this.#memory !== undefined;
  }

  isServedOut({ calls }: Aging): boolean {
    return calls.sent >= this.#calls;
  }

  async hasGrown(instance: Aging): Promise<boolean> {
    if (this.#memory === undefined) return false;
    return ((await instance.vitals())?.memory ?? 0) > this.#memory;
  }
}
