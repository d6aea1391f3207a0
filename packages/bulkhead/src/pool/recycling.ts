import { readFile } from 'node:fs/promises';
import type { PoolSpec } from '../registry/plugin-spec.ts';

/** As much of an instance as has to be known to judge its age. */
export interface Aging {
  /** Calls that it was sent. */
  readonly calls: number;
  readonly identity: { readonly pid: number };
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
    return calls >= this.#calls;
  }

  async hasGrown({ identity }: Aging): Promise<boolean> {
    return this.#memory !== undefined && ((await residentMemory(identity.pid)) ?? 0) > this.#memory;
  }
}

/** Bytes of a process in memory, `VmRSS` of proc(5); undefined where the system does not tell, and of one that is gone. */
async function residentMemory(pid: number): Promise<number | undefined> {
  const status = await readFile(`/proc/${pid}/status`, 'latin1').catch(() => '');
  const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
  return kibibytes === undefined ? undefined : Number(kibibytes) * 1024;
}
