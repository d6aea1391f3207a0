import { BulkheadError, isBulkheadError } from '../errors/bulkhead-error.ts';
import { wait } from '../lifecycle/wait.ts';
import type { PluginSpec } from '../registry/plugin-spec.ts';
import type { CallInput } from '../session/call-input.ts';
import { leastAhead, leastLoaded } from './balance.ts';
import { CallQueue, type WaitLimits } from './call-queue.ts';
import {
  afterWaiting,
  callOptionsOf,
  type CallRequest,
  type ExecuteOptions,
  isLost,
  isRepeatable,
  queueLimitOf,
} from './call-request.ts';
import type { InstanceEnding, PoolObserver } from './pool-observer.ts';
import { Recycling } from './recycling.ts';
import { RestartPolicy } from './restart-policy.ts';
import { type InstanceSource, startInstance } from './start-instance.ts';
import type { SupervisedInstance } from './supervised-instance.ts';
import { startUpkeep } from './upkeep.ts';

export type PoolState = 'idle' | 'starting' | 'ready' | 'waiting' | 'broken' | 'stopped';

export interface PoolOptions {
  readonly spec: PluginSpec;
  readonly source: InstanceSource;
  readonly observer: PoolObserver;
  /** Numbers each start of the plugin. */
  nextGeneration(): number;
}

/** The supervised instances of one plugin: started on demand or ahead, shared out among calls, started again after a crash. */
export class Pool {
  readonly #options: PoolOptions;
  readonly #policy: RestartPolicy;
  readonly #recycling: Recycling;
  readonly #queue = new CallQueue<SupervisedInstance>();
  readonly #closing = new AbortController();
  /** Those on their way out included, the oldest first. */
  readonly #instances: SupervisedInstance[] = [];
  readonly #starts = new Set<Promise<void>>();
  readonly #stopUpkeep: () => void;
  #failures = 0;
  readonly #succeeded = new WeakSet<SupervisedInstance>();
  #isWarming = false;
  #stopped: Promise<void> | undefined;
  #successor: Pool | undefined;

  constructor(options: PoolOptions) {
    const { spec } = options;
    this.#options = options;
    this.#policy = new RestartPolicy(spec.id);
    this.#recycling = new Recycling(spec.pool.recycle);
    this.#stopUpkeep = startUpkeep(spec.pool, this.#recycling, {
      instances: this.#instances,
      unload: (instance) => instance.retire('unloaded'),
      recycle: (instance) => this.#recycle(instance),
    });
  }

  get state(): PoolState {
    if (this.#stopped !== undefined) return 'stopped';
    if (leastLoaded(this.#instances) !== undefined) return 'ready';
    if (this.#policy.isBroken) return 'broken';
    if (this.#starts.size > 0) return 'starting';
    return this.#policy.delay > 0 ? 'waiting' : 'idle';
  }

  /** Those that are ready or on their way out, the oldest first. */
  get instances(): readonly SupervisedInstance[] {
    return this.#instances;
  }

  /** Calls that wait until an instance takes them. */
  get waiting(): number {
    return this.#queue.size;
  }

  /** How often an instance was started in place of one that crashed or failed to start. */
  get restarts(): number {
    return this.#failures;
  }

  get lastFailure(): Error | undefined {
    return this.#policy.lastFailure;
  }

  /**
   * Throws what keeps the call from being sent or from waiting; all else comes by the promise.
   *
   * @throws BulkheadError see `startInstance` and `SupervisedInstance.call`; `PLUGIN_RESTARTING`, `PLUGIN_BROKEN`,
   * `QUEUE_FULL`, `QUEUE_TIMEOUT`, `MANAGER_CLOSED`.
   */
  execute(action: string, input: CallInput, options: ExecuteOptions): Promise<unknown> {
    return this.#run({ action, input, options });
  }

  /** Keeps as many instances as the registry asks for, ahead of calls and after each end. */
  keepWarm(): void {
    if (!this.#isWarming && this.#options.spec.pool.instances.min > 0) void this.#warm();
  }

  /** Starts an instance ahead of the first call. @throws as `execute` */
  async start(): Promise<void> {
    if (leastLoaded(this.#instances) !== undefined) return;
    await new Promise<void>((resolve, reject) => {
      this.#wait({ take: () => resolve(), refuse: reject }, {});
    });
  }

  /** Has a plugin tried at once that failed too often. */
  reset(): void {
    this.#policy.reset();
    while (this.#isShort) void this.#start();
  }

  /** Starts so many instances, ahead of any call. @throws as `startInstance`; then some of them may be there */
  async startSeveral(count: number): Promise<void> {
    const starts = Array.from({ length: count }, () => this.#startOne());
    for (const start of starts) {
      const over = start.catch(() => {});
      this.#starts.add(over);
      void over.then(() => this.#starts.delete(over));
    }
    await Promise.all(starts);
  }

  /**
   * Leaves the plugin to `successor`: calls that wait here wait there, those that run go on to their end under their own
   * limits. Resolves when the last instance has gone.
   */
  async drain(successor: Pool): Promise<void> {
    this.#successor = successor;
    this.#stopUpkeep();
    this.#closing.abort(new BulkheadError('MANAGER_CLOSED', { what: `plugin "${this.#options.spec.id}" is reloaded` }));
    this.#queue.handOver(successor.#queue);
    successor.#dispatch();
    const retireAll = (): void => this.#instances.forEach((instance) => instance.retire('reloaded'));
    retireAll();
    await Promise.all(this.#starts);
    retireAll(); // one may have been ready a moment before it could be told not to be
    await Promise.all(this.#instances.map(({ ended }) => ended));
  }

  /** Stops the instances; calls that wait for one are refused. Idempotent. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    this.#stopUpkeep();
    this.#closing.abort(new BulkheadError('MANAGER_CLOSED', { what: `plugin "${this.#options.spec.id}" is stopped` }));
    this.#queue.refuseAll(this.#closing.signal.reason);
    await Promise.all(this.#starts);
    await Promise.all(this.#instances.map((instance) => instance.stop()));
  }

  #run(request: CallRequest): Promise<unknown> {
    if (this.#successor !== undefined) return this.#successor.#run(request);
    const { action, options } = request;
    if (options.signal?.aborted === true) throw this.#cancelled(action, options.signal);
    this.#refuseWhenFull();
    // Whoever waits already comes first: a stream of quick calls would otherwise never let a slow one in.
    const instance = this.#queue.size === 0 ? this.#choose(action) : undefined;
    if (instance !== undefined) return this.#send(instance, request);
    const limit = queueLimitOf(request, this.#options.spec.calls.timeouts);
    const since = performance.now();
    return new Promise((resolve, reject) => {
      const take = (free: SupervisedInstance): void =>
        resolve(this.#heir.#sendTaken(free, afterWaiting(request, performance.now() - since)));
      this.#wait(
        { action, take, refuse: reject },
        {
          limit,
          timeUp: () => this.#heir.#tooLate(action, limit ?? 0),
          signal: options.signal,
          aborted: () => this.#cancelled(action, options.signal),
        },
      );
    });
  }

  /** The pool that has the calls which waited here: a reload may come while they wait. */
  get #heir(): Pool {
    return this.#successor === undefined ? this : this.#successor.#heir;
  }

  #wait(waiting: Parameters<CallQueue<SupervisedInstance>['add']>[0], limits: WaitLimits): void {
    this.#closing.signal.throwIfAborted();
    this.#queue.add(waiting, limits);
    this.#dispatch();
  }

  #sendTaken(instance: SupervisedInstance, request: CallRequest): Promise<unknown> {
    const { onTaken, ...options } = request.options;
    if (onTaken === undefined) return this.#send(instance, request);
    return onTaken((input, signal) => this.#send(instance, { ...request, input, options: { ...options, signal } }));
  }

  #send(instance: SupervisedInstance, request: CallRequest): Promise<unknown> {
    const answer = instance.call(
      request.action,
      request.input,
      callOptionsOf(request, this.#options.spec.calls.timeouts),
    );
    if (this.#recycling.isServedOut(instance)) this.#recycle(instance);
    if (!isRepeatable(request) || !instance.isIdempotent(request.action)) return answer;
    const sentAt = performance.now();
    return answer.catch((error: unknown) => this.#sendAgain(error, request, performance.now() - sentAt));
  }

  /** A call that was lost through no fault that is known to be its own, where doing it twice does no harm. */
  #sendAgain(error: unknown, request: CallRequest, spent: number): Promise<unknown> {
    if (!isLost(error) || this.#heir.#closing.signal.aborted) throw error;
    this.#options.observer.callRetried(this.#options.spec.id, request.action);
    return this.#run({ ...request, spent });
  }

  #refuseWhenFull(): void {
    const { id, calls } = this.#options.spec;
    let load = this.#queue.size;
    for (const { inFlight } of this.#instances) load += inFlight;
    if (load >= calls.queue.max) throw new BulkheadError('QUEUE_FULL', { plugin: id, maximum: calls.queue.max });
  }

  /** The instance to send a call of `action` to; undefined while it has to wait: for one that has room, or for a new one. */
  #choose(action: string | undefined): SupervisedInstance | undefined {
    const best = leastLoaded(this.#instances);
    if (best === undefined || action === undefined || best.inFlight < best.concurrency) return best;
    if (this.#starts.size === 0 && this.#mayStart) return undefined;
    return best.hasRoom ? best : leastAhead(this.#instances, action);
  }

  get #mayStart(): boolean {
    if (this.#instances.length + this.#starts.size >= this.#options.spec.pool.instances.max) return false;
    if (this.#closing.signal.aborted || !this.#policy.isSoon) return false;
    return !this.#policy.isBroken || this.#starts.size === 0;
  }

  /** Gives instances to those who wait, and sees to it that somebody comes for the rest. */
  #dispatch(): void {
    this.#queue.serve((action) => this.#choose(action));
    const { concurrency } = this.#options.spec.calls;
    while (this.#queue.size > this.#starts.size * concurrency && this.#mayStart) void this.#start();
    const someoneComes = this.#starts.size > 0 || this.#instances.length > 0;
    if (this.#queue.size > 0 && !someoneComes) this.#queue.refuseAll(this.#policy.refusal());
  }

  /** Never rejects: those who wait are told of a failure. */
  async #start(): Promise<void> {
    const start = this.#startOne().catch((error: unknown) => this.#startFailed(error as Error));
    this.#starts.add(start);
    await start;
    this.#starts.delete(start);
    this.#dispatch();
  }

  /** Tries until there are enough; a failure that time does not mend waits for the next call. The observer hears of each. */
  async #warm(): Promise<void> {
    this.#isWarming = true;
    while (this.#isShort) {
      await wait(this.#policy.delay, this.#closing.signal).catch(() => {});
      if (this.#isShort) await this.#start();
      const { lastFailure } = this.#policy;
      if (isBulkheadError(lastFailure) && !lastFailure.retryable) break;
    }
    this.#isWarming = false;
  }

  get #isShort(): boolean {
    const { min, max } = this.#options.spec.pool.instances;
    const accepting = this.#instances.filter((instance) => instance.accepting).length;
    const starting = this.#starts.size;
    return !this.#closing.signal.aborted && accepting + starting < min && this.#instances.length + starting < max;
  }

  async #startOne(): Promise<void> {
    const { signal } = this.#closing;
    const { delay } = this.#policy;
    if (delay > 0) await wait(delay, signal);
    const release = await this.#options.source.admit(signal);
    try {
      const generation = this.#options.nextGeneration();
      const instance = await startInstance({ ...this.#options, generation }, signal);
      this.#policy.started();
      this.#instances.push(instance);
      instance.onRoom(() => this.#queue.size > 0 && this.#dispatch());
      void instance.ended.then((ending) => this.#onEnded(instance, ending));
    } finally {
      release();
    }
  }

  #startFailed(error: Error): void {
    if (this.#closing.signal.aborted) return;
    this.#failed(error, 0);
    // Others that are being started, or are there, serve those who wait.
    if (this.#starts.size <= 1 && leastLoaded(this.#instances) === undefined) this.#queue.refuseAll(error);
  }

  #onEnded(instance: SupervisedInstance, ending: InstanceEnding): void {
    this.#instances.splice(this.#instances.indexOf(instance), 1);
    if (this.#closing.signal.aborted) return;
    if (ending === 'crashed' || ending === 'replaced') {
      const error = new Error(`its last instance (${instance.identity.name}) ended unexpectedly`);
      this.#failed(error, performance.now() - instance.startedAt);
    }
    this.keepWarm();
    this.#dispatch();
  }

  #failed(error: Error, life: number): void {
    this.#failures += 1;
    this.#options.observer.restartDelayed(this.#options.spec.id, this.#policy.failed(error, life));
  }

  /** Has a fresh one started first where there is room for it. */
  #recycle(instance: SupervisedInstance): void {
    if (!instance.accepting || instance.debugger !== undefined || this.#succeeded.has(instance)) return;
    if (!this.#mayStart) return instance.retire('recycled');
    this.#succeeded.add(instance);
    void this.#start().then(() => instance.retire('recycled'));
  }

  #tooLate(action: string, milliseconds: number): BulkheadError {
    const inFlight = this.#instances.reduce((sum, instance) => sum + instance.inFlight, 0);
    const { id } = this.#options.spec;
    const instances = this.#instances.length;
    return new BulkheadError('QUEUE_TIMEOUT', { plugin: id, action, milliseconds, inFlight, instances });
  }

  #cancelled(action: string, signal: AbortSignal | undefined): BulkheadError {
    return new BulkheadError('CALL_CANCELLED', { plugin: this.#options.spec.id, action }, { cause: signal?.reason });
  }
}
