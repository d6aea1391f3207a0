import { BulkheadError } from '../errors/bulkhead-error.ts';
import { asReason } from '../errors/as-reason.ts';
import { Backoff, type BackoffOptions } from '../lifecycle/backoff.ts';
import { CrashLoopBreaker, type CrashLoopBreakerOptions } from './crash-loop-breaker.ts';

/** A call waits this long for a delayed start. If the start is further away, the call is refused at once. */
const PATIENCE_MILLISECONDS = 1_000;

export interface RestartOptions {
  readonly backoff: BackoffOptions;
  readonly breaker: CrashLoopBreakerOptions;
}

/** Milliseconds. */
const DEFAULT_RESTART: RestartOptions = {
  backoff: { first: 100, longest: 30_000, longLife: 60_000 },
  breaker: { shortLives: 7, openFor: 60_000 },
};

/** When a plugin that failed may be started again. */
export class RestartPolicy {
  readonly #plugin: string;
  readonly #backoff: Backoff;
  readonly #breaker: CrashLoopBreaker;
  #notBefore = 0;
  #lastFailure: Error | undefined;

  constructor(plugin: string, { backoff, breaker }: RestartOptions = DEFAULT_RESTART) {
    this.#plugin = plugin;
    this.#backoff = new Backoff(backoff);
    this.#breaker = new CrashLoopBreaker(breaker);
  }

  get lastFailure(): Error | undefined {
    return this.#lastFailure;
  }

  /** Milliseconds until the next start. */
  get delay(): number {
    return Math.max(0, this.#notBefore - performance.now());
  }

  /** Whether a call may wait for the next start. */
  get isSoon(): boolean {
    return this.delay <= PATIENCE_MILLISECONDS;
  }

  /** Whether it failed so often that it rests, and later gets a single try. */
  get isBroken(): boolean {
    return this.#breaker.isTripped;
  }

  /** Call this at each failed start (a life of 0) and crash. @returns milliseconds until the next start */
  failed(error: Error, life: number): number {
    const now = performance.now();
    this.#lastFailure = error;
    const delay = this.#backoff.ended(life);
    this.#breaker.ended(this.#backoff.shortLives, now);
    this.#notBefore = Math.max(now + delay, this.#breaker.openUntil);
    return this.#notBefore - now;
  }

  started(): void {
    this.#lastFailure = undefined;
  }

  reset(): void {
    this.#backoff.reset();
    this.#breaker.reset();
    this.#notBefore = 0;
  }

  /** The error for calls that can't wait for the next start. */
  refusal(): BulkheadError {
    const plugin = this.#plugin;
    const reason = asReason(this.#lastFailure?.message ?? 'it failed');
    const details = { plugin, reason, milliseconds: this.delay };
    const options = { cause: this.#lastFailure };
    return this.isBroken
      ? new BulkheadError('PLUGIN_BROKEN', details, options)
      : new BulkheadError('PLUGIN_RESTARTING', details, options);
  }
}
