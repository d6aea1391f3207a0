import type { Claim, LeaseMode, ResourceOwner } from './claim.ts';

/** Why a lease ended: it was released, its `ttl` was over, or its owner ended. */
export type LeaseOutcome = 'released' | 'expired' | 'owner_ended';

/** An owner's claim that was granted; several leases when it asked again. */
export interface Hold extends Claim {
  readonly token: number;
  /** By `performance.now()`. */
  readonly since: number;
  leases: number;
}

/** A granted, timed, owned claim on a resource. Ends once, by `release`, by its time, or with its owner. */
export class Lease implements Disposable, AsyncDisposable {
  readonly resource: string;
  readonly #hold: Hold;
  readonly #end: (lease: Lease, hold: Hold, outcome: LeaseOutcome) => void;
  readonly #timer: NodeJS.Timeout | undefined;
  #isHeld = true;

  /** @internal The resource manager grants it. @param ttl milliseconds; undefined: no limit of its own */
  constructor(
    resource: string,
    hold: Hold,
    ttl: number | undefined,
    end: (lease: Lease, hold: Hold, outcome: LeaseOutcome) => void,
  ) {
    this.resource = resource;
    this.#hold = hold;
    this.#end = end;
    this.#timer = ttl === undefined ? undefined : setTimeout(() => this.end('expired'), ttl).unref();
  }

  get owner(): ResourceOwner {
    return this.#hold.owner;
  }

  get mode(): LeaseMode {
    return this.#hold.mode;
  }

  /** Units of the capacity. */
  get amount(): number {
    return this.#hold.amount;
  }

  /** Larger than every earlier token of any resource. A store that refuses lower tokens is safe from late writers. */
  get token(): number {
    return this.#hold.token;
  }

  get isHeld(): boolean {
    return this.#isHeld;
  }

  /** Gives the resource back. Idempotent. */
  release(): void {
    this.end('released');
  }

  /** @internal Idempotent, like `release`. */
  end(outcome: LeaseOutcome): void {
    if (!this.#isHeld) return;
    this.#isHeld = false;
    clearTimeout(this.#timer);
    this.#end(this, this.#hold, outcome);
  }

  [Symbol.dispose](): void {
    this.release();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.release();
  }
}
