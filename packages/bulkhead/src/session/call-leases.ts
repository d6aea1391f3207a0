import { isRecord } from '../lifecycle/is-record.ts';
import { isName } from './is-name.ts';

/** A plugin asks for a resource. The handler says whether the request makes sense. */
export interface LeaseRequest {
  readonly name: string;
  readonly options: LeaseOptions;
}

export interface LeaseOptions {
  readonly timeout?: number;
  readonly mode?: string;
  readonly amount?: number;
  readonly priority?: number;
  readonly ttl?: number;
}

/** What a session needs to know of a lease. */
export interface CallLease {
  readonly token: number;
  release(): void;
  end(ending: 'owner_ended'): void;
}

/** Waits for a resource; the signal is aborted when the call that asks is over or given up. */
export type LeaseHandler<Caller> = (caller: Caller, request: LeaseRequest, signal: AbortSignal) => Promise<CallLease>;

/**
 * The leases of one session, each by its call and the id of its ACQUIRE. They are kept while the plugin's code may go on: until
 * the plugin answers the call, even one that the host has given up, or the process is gone.
 */
export class CallLeases<Caller> {
  readonly #handler: LeaseHandler<Caller>;
  /** Of the calls that have asked for something and are not over. */
  readonly #held = new Map<number, Map<number, CallLease>>();
  #isGone = false;

  /** @param gone resolves when the process has ended */
  constructor(handler: LeaseHandler<Caller>, gone: Promise<unknown>) {
    this.#handler = handler;
    void gone.then(() => {
      this.#isGone = true;
      for (const call of this.#held.keys()) this.end(call);
    });
  }

  /** @returns the answer to the plugin */
  async acquire(
    id: number,
    call: number,
    caller: Caller,
    request: LeaseRequest,
    signal: AbortSignal,
  ): Promise<{ readonly token: number }> {
    const held = this.#held.get(call) ?? new Map<number, CallLease>();
    this.#held.set(call, held);
    const lease = await this.#handler(caller, request, signal);
    // The call may have ended, or taken its request back, in the very moment in which the lease was granted.
    const isOver = this.#isGone || this.#held.get(call) !== held || signal.reason === TAKEN_BACK;
    if (isOver) lease.end('owner_ended');
    else held.set(id, lease);
    return { token: lease.token };
  }

  /** Leases that a call holds. */
  count(call: number): number {
    return this.#held.get(call)?.size ?? 0;
  }

  release(id: number, call: number): void {
    const held = this.#held.get(call);
    held?.get(id)?.release();
    held?.delete(id);
  }

  /** The call is over, as far as the plugin is concerned. */
  end(call: number): void {
    const held = this.#held.get(call);
    if (held === undefined) return;
    this.#held.delete(call);
    for (const lease of held.values()) lease.end('owner_ended');
  }
}

/** Why a wait ends that the plugin does not want any more, though its call goes on. */
export const TAKEN_BACK: Error = new Error('the plugin has taken it back');

/** `[19, id, call, name, options]`; undefined when it is not of that shape. */
export function readAcquire(message: readonly unknown[]): (LeaseRequest & { readonly call: number }) | undefined {
  const [, , call, name, options] = message;
  if (typeof call !== 'number' || !isName(name) || !isRecord(options)) return undefined;
  const { timeout, mode, amount, priority, ttl } = options;
  if (typeof mode !== 'string' && mode !== undefined) return undefined;
  const numbers = { timeout, amount, priority, ttl };
  if (!Object.values(numbers).every((value) => value === undefined || typeof value === 'number')) return undefined;
  return { call, name, options: { ...numbers, mode } as LeaseOptions };
}
