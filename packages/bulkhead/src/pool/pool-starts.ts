import { isBulkheadError } from '../errors/bulkhead-error.ts';
import { wait } from '../lifecycle/wait.ts';
import type { WorkInFlight } from '../lifecycle/work-in-flight.ts';
import type { PluginSpec } from '../registry/plugin-spec.ts';
import type { InstanceEnd } from './instance-exit.ts';
import type { PoolObserver } from './pool-observer.ts';
import { RestartPolicy } from './restart-policy.ts';
import { type InstanceSource, startInstance } from './start-instance.ts';
import type { SupervisedInstance } from './supervised-instance.ts';

export interface PoolStartsParts {
  readonly spec: PluginSpec;
  readonly source: InstanceSource;
  readonly observer: PoolObserver;
  /** The pool's instances, those on their way out included. */
  readonly instances: readonly SupervisedInstance[];
  /** Aborted when the pool starts nothing more. */
  readonly closing: AbortSignal;
  readonly work: WorkInFlight;
  /** Numbers each start of the plugin. */
  nextGeneration(): number;
  /** An instance is ready. */
  started(instance: SupervisedInstance): void;
  /** A start failed while `others` are under way. */
  failed(error: Error, others: number): void;
  /** A start is over, however it went. */
  over(): void;
}

/** Starts the instances of one plugin: decides when and how many, and what follows a failure. */
export class PoolStarts {
  readonly #parts: PoolStartsParts;
  readonly #policy: RestartPolicy;
  readonly #running = new Set<Promise<unknown>>();
  #failures = 0;
  #isWarming = false;

  constructor(parts: PoolStartsParts) {
    this.#parts = parts;
    this.#policy = new RestartPolicy(parts.spec.id);
  }

  /** How many are under way. */
  get count(): number {
    return this.#running.size;
  }

  /** How often an instance crashed or failed to start. */
  get failures(): number {
    return this.#failures;
  }

  /** Says when the plugin may be started again. */
  get policy(): RestartPolicy {
    return this.#policy;
  }

  /** Whether the pool may start another instance now for a call that waits. */
  get isAllowed(): boolean {
    return this.#isAllowedUpTo(this.#parts.spec.pool.instances.max);
  }

  /** Whether the pool may start a successor beside a running instance: while it starts, one more than `max` may run. */
  get mayReplace(): boolean {
    return this.#isAllowedUpTo(this.#parts.spec.pool.instances.max + 1);
  }

  /** Starts an instance. Never rejects. @returns whether it is ready */
  async start(): Promise<boolean> {
    const start = this.#startOne().then(
      () => true,
      (error: unknown) => {
        this.failedToStart(error as Error);
        return false;
      },
    );
    const isReady = await this.#track(start);
    this.#parts.over();
    return isReady;
  }

  /** Starts `count` instances ahead of any call. @throws as `startInstance`; some of them may run then */
  async startSeveral(count: number): Promise<void> {
    await Promise.all(Array.from({ length: count }, () => this.#track(this.#startOne())));
  }

  /** Keeps `min` instances of the registry running, ahead of calls and after each end. */
  keepWarm(): void {
    if (!this.#isWarming && this.#parts.spec.pool.instances.min > 0) void this.#warm();
  }

  /** Starts a plugin again at once that has failed too often. */
  reset(): void {
    this.#policy.reset();
    while (this.#isShort) void this.start();
  }

  /** Call this when an instance has ended that the host did not ask to. */
  crashed({ identity, start }: SupervisedInstance, { violation }: InstanceEnd): void {
    const error = violation ?? new Error(`its last instance (${identity.name}) ended unexpectedly`);
    this.#failed(error, performance.now() - start.at);
  }

  /** Call this when a start has failed, unless it was `start`, which does so itself. */
  failedToStart(error: Error): void {
    if (this.#parts.closing.aborted) return;
    this.#failed(error, 0);
    this.#parts.failed(error, this.#running.size - 1);
  }

  /** Resolves when none is under way. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#running);
  }

  async #track<Value>(start: Promise<Value>): Promise<Value> {
    this.#running.add(start);
    try {
      return await this.#parts.work.during(start);
    } finally {
      this.#running.delete(start);
    }
  }

  /** Starts instances until there are enough. After a failure that time does not mend, the next call tries again. */
  async #warm(): Promise<void> {
    this.#isWarming = true;
    while (this.#isShort) {
      await wait(this.#policy.delay, this.#parts.closing, false).catch(() => {});
      if (this.#isShort) await this.start();
      const { lastFailure } = this.#policy;
      if (isBulkheadError(lastFailure) && !lastFailure.retryable) break;
    }
    this.#isWarming = false;
  }

  get #isShort(): boolean {
    const { instances, spec, closing } = this.#parts;
    const accepting = instances.filter((instance) => instance.accepting).length;
    const { min, max } = spec.pool.instances;
    return !closing.aborted && accepting + this.#running.size < min && this.#areBelow(max);
  }

  #isAllowedUpTo(most: number): boolean {
    if (!this.#areBelow(most) || this.#parts.closing.aborted || !this.#policy.isSoon) return false;
    return !this.#policy.isBroken || this.#running.size === 0;
  }

  #areBelow(most: number): boolean {
    return this.#parts.instances.length + this.#running.size < most;
  }

  async #startOne(): Promise<void> {
    const { spec, source, observer, work, closing, nextGeneration, started } = this.#parts;
    const { delay } = this.#policy;
    if (delay > 0) await wait(delay, closing);
    observer.startBegan(spec.id);
    const release = await source.admit(closing);
    try {
      const generation = nextGeneration();
      const instance = await startInstance({ spec, source, observer, work, generation }, closing);
      this.#policy.started();
      started(instance);
    } finally {
      release();
    }
  }

  #failed(error: Error, life: number): void {
    this.#failures += 1;
    this.#parts.observer.restartDelayed(this.#parts.spec.id, this.#policy.failed(error, life));
  }
}
