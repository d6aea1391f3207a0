import { type Deferred, deferred } from '../lifecycle/deferred.ts';
import type { Claim, LeaseMode, ResourceOwner } from './claim.ts';
import type { Queued } from './fair-queue.ts';
import type { Lease } from './lease.ts';

export interface WaitLimits {
  /** Milliseconds. */
  readonly timeout: number;
  readonly signal: AbortSignal | undefined;
  /** Called when the wait has to end. */
  readonly giveUp: (because: 'timeout' | 'abort') => void;
}

/** One wait in the queue of one resource. It is granted or refused, once. */
export class Waiter implements Claim, Queued {
  readonly owner: ResourceOwner;
  readonly mode: LeaseMode;
  readonly amount: number;
  readonly priority: number;
  readonly ttl: number | undefined;
  readonly since: number = performance.now();
  overtaken = 0;
  readonly #outcome: Deferred<Lease> = deferred();
  #timer: NodeJS.Timeout | undefined;
  #signal: AbortSignal | undefined;
  #onAbort: (() => void) | undefined;

  constructor({ owner, mode, amount }: Claim, priority: number, ttl: number | undefined) {
    this.owner = owner;
    this.mode = mode;
    this.amount = amount;
    this.priority = priority;
    this.ttl = ttl;
  }

  get lease(): Promise<Lease> {
    return this.#outcome.promise;
  }

  limit({ timeout, signal, giveUp }: WaitLimits): void {
    this.#timer = setTimeout(giveUp, timeout, 'timeout');
    if (signal === undefined) return;
    this.#signal = signal;
    this.#onAbort = () => giveUp('abort');
    signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  grant(lease: Lease): void {
    this.#stopWaiting();
    this.#outcome.resolve(lease);
  }

  refuse(error: Error): void {
    this.#stopWaiting();
    this.#outcome.reject(error);
  }

  #stopWaiting(): void {
    clearTimeout(this.#timer);
    if (this.#onAbort !== undefined) this.#signal?.removeEventListener('abort', this.#onAbort);
  }
}
