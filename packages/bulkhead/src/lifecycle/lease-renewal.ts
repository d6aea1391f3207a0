import { Worker } from 'node:worker_threads';
import type { FileLock } from './file-lock.ts';
import { renewLease } from './renew-lease.ts';

/** Source of a worker that renews the locks in the last message it received. */
const WORKER = `
const fs = require('node:fs');
const { parentPort, workerData } = require('node:worker_threads');
const renewLease = ${renewLease.toString()};
let locks = [];
parentPort.on('message', (held) => { locks = held; });
setInterval(() => {
  for (const { file, token } of locks) {
    try { renewLease(fs, file, token); } catch {}
  }
}, workerData);
`;

interface Renewed {
  readonly lock: FileLock;
  lost(): void;
}

/**
 * Renews the locks that this process holds. A worker does it as well, so that a host which computes for minutes without a
 * breath keeps them. A host that was stopped or asleep can't renew: its first renewal afterwards finds which locks it has lost.
 */
export class LeaseRenewal {
  readonly #every: number;
  readonly #renewed = new Map<string, Renewed>();
  #timer: NodeJS.Timeout | undefined;
  #worker: Worker | undefined;

  constructor(every: number) {
    this.#every = every;
  }

  /** Renews `lock` until it is removed; calls `lost` once when another has taken it. */
  add(lock: FileLock, lost: () => void): void {
    this.#renewed.set(lock.token, { lock, lost });
    this.#timer ??= setInterval(() => this.#renew(), this.#every).unref();
    this.#worker ??= startWorker(this.#every);
    this.#tell();
  }

  remove({ token }: FileLock): void {
    if (!this.#renewed.delete(token)) return;
    if (this.#renewed.size > 0) return this.#tell();
    clearInterval(this.#timer);
    this.#timer = undefined;
    void this.#worker?.terminate();
    this.#worker = undefined;
  }

  #renew(): void {
    for (const { lock, lost } of this.#renewed.values()) {
      if (lock.renew()) continue;
      this.remove(lock);
      lost();
    }
  }

  #tell(): void {
    this.#worker?.postMessage([...this.#renewed.values()].map(({ lock: { file, token } }) => ({ file, token })));
  }
}

/** Undefined where the system allows no more threads: the timer has to do. */
function startWorker(every: number): Worker | undefined {
  try {
    const worker = new Worker(WORKER, {
      eval: true,
      execArgv: [],
      env: {},
      workerData: every,
      resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 2 },
    });
    worker.on('error', () => undefined).unref();
    return worker;
  } catch {
    return undefined;
  }
}
