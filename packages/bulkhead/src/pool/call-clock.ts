import type { CallLimits } from './call-request.ts';

/** The two limits of one call: until its answer, and without a sign of life. */
export class CallClock {
  readonly startedAt: number = performance.now();
  readonly limits: CallLimits;
  #isLifted = false;
  #lastSign: number = this.startedAt;

  constructor(limits: CallLimits) {
    this.limits = limits;
  }

  /** Milliseconds; undefined: there is no limit any more. */
  get timeout(): number | undefined {
    return this.#isLifted ? undefined : this.limits.timeout;
  }

  /** By `performance.now()`, as all times here. */
  get deadline(): number {
    return this.startedAt + (this.timeout ?? Number.POSITIVE_INFINITY);
  }

  get expiresAt(): number {
    return Math.min(this.deadline, this.#idleUntil);
  }

  /** Whether the limit without a sign of life is over first. */
  get isIdle(): boolean {
    return this.#idleUntil < this.deadline;
  }

  /** The call has gone on. */
  touch(): void {
    this.#lastSign = performance.now();
  }

  /** Removes both limits: a debugger may hold the call for as long as that takes. */
  lift(): void {
    this.#isLifted = true;
  }

  get #idleUntil(): number {
    const idle = this.#isLifted ? undefined : this.limits.idle;
    return this.#lastSign + (idle ?? Number.POSITIVE_INFINITY);
  }
}
