import type { RunningInstance } from '../launcher/running-instance.ts';
import type { PoolSpec } from '../registry/plugin-spec.ts';

/** What recycling needs to know of an instance. */
export interface Aging {
  /** How many it got. */
  readonly calls: { readonly sent: number };
  vitals: NonNullable<RunningInstance['vitals']>;
}

/** Decides when to replace an instance by a fresh one: after its calls, or when it has grown. */
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
