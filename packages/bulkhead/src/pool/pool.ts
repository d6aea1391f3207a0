import { BulkheadError } from '../errors/bulkhead-error.ts';
import { letManyListen } from '../lifecycle/let-many-listen.ts';
import type { WorkInFlight } from '../lifecycle/work-in-flight.ts';
import type { PluginSpec } from '../registry/plugin-spec.ts';
import { keepInput } from '../session/keep-input.ts';
import { leastAhead, leastLoaded } from './balance.ts';
import { CallQueue, type WaitLimits } from './call-queue.ts';
import { afterWaiting, type CallRequest, isLost, isRepeatable, queueLimitOf } from './call-request.ts';
import type { InstanceEnd } from './instance-exit.ts';
import type { PoolObserver } from './pool-observer.ts';
import { PoolStarts } from './pool-starts.ts';
import { Recycling } from './recycling.ts';
import type { InstanceSource } from './start-instance.ts';
import type { SupervisedInstance } from './supervised-instance.ts';
import { startUpkeep } from './upkeep.ts';

export type PoolState = 'idle' | 'starting' | 'ready' | 'waiting' | 'broken' | 'stopped';

export interface PoolOptions {
  readonly spec: PluginSpec;
  readonly source: InstanceSource;
  readonly observer: PoolObserver;
  readonly work: WorkInFlight;
  /** Numbers each start of the plugin. */
  nextGeneration(): number;
}

/** The supervised instances of one plugin: starts them on demand or ahead, shares out the calls, restarts after a crash. */
export class Pool {
  readonly #options: PoolOptions;
  readonly #recycling: Recycling;
  readonly #queue = new CallQueue<SupervisedInstance>();
  readonly #closing = new AbortController();
  /** The oldest first; those on their way out are included. */
  readonly #instances: SupervisedInstance[] = [];
  readonly #starts: PoolStarts;
  readonly #stopUpkeep: () => void;
  /** Instances whose successor is being started. */
  readonly #succeeded = new WeakSet<SupervisedInstance>();
  #stopped: Promise<void> | undefined;
  #successor: Pool | undefined;

  constructor(options: PoolOptions) {
    const { spec } = options;
    this.#options = options;
    letManyListen(this.#closing.signal); // each start does
    this.#recycling = new Recycling(spec.pool.recycle);
    this.#starts = new PoolStarts({
      ...options,
      instances: this.#instances,
      closing: this.#closing.signal,
      started: (instance) => this.#started(instance),
      failed: (error, others) => this.#refuseUnserved(error, others),
      over: () => this.#dispatch(),
    });
    this.#stopUpkeep = startUpkeep(spec.pool, this.#recycling, {
      instances: this.#instances,
      unload: (instance) => instance.retire('unloaded'),
      recycle: (instance) => void this.#recycle(instance),
    });
  }

  get state(): PoolState {
    const { policy, count } = this.#starts;
    if (this.#stopped !== undefined) return 'stopped';
    if (leastLoaded(this.#instances) !== undefined) return 'ready';
    if (policy.isBroken) return 'broken';
    if (count > 0) return 'starting';
    return policy.delay > 0 ? 'waiting' : 'idle';
  }

  /** The instances that are ready or on their way out, the oldest first. */
  get instances(): readonly SupervisedInstance[] {
    return this.#instances;
  }

  /** Calls that wait until an instance takes them. */
  get waiting(): number {
    return this.#queue.size;
  }

  /** How often an instance was started in place of one that crashed or failed to start. */
  get restarts(): number {
    return this.#starts.failures;
  }

  get lastFailure(): Error | undefined {
    return this.#starts.policy.lastFailure;
  }

  /**
   * Sends the call, or lets it wait for an instance. Throws if it can do neither; all else comes by the promise.
   *
   * @throws BulkheadError see `startInstance` and `InstanceCalls.send`; `PLUGIN_RESTARTING`, `PLUGIN_BROKEN`,
   * `QUEUE_FULL`, `QUEUE_TIMEOUT`, `MANAGER_CLOSED`.
   */
  execute(request: CallRequest): Promise<unknown> {
    if (this.#successor !== undefined) return this.#successor.execute(request);
    const { action, signal } = request;
    if (signal?.aborted === true) throw this.#cancelled(request);
    this.#refuseWhenFull();
    // Calls that wait come first: otherwise a stream of quick calls would never let a slow one in.
    const instance = this.#queue.size === 0 ? this.#choose(action) : undefined;
    return instance === undefined ? this.#enqueue(this.#kept(request)) : this.#send(instance, request);
  }

  /** Keeps `min` instances of the registry running, ahead of calls and after each end. */
  keepWarm(): void {
    this.#starts.keepWarm();
  }

  /** Starts an instance ahead of the first call. @throws as `execute` */
  async start(): Promise<void> {
    if (leastLoaded(this.#instances) !== undefined) return;
    await new Promise<void>((resolve, reject) => {
      this.#wait({ take: () => resolve(), refuse: reject }, {});
    });
  }

  /** Starts a plugin again at once that has failed too often. */
  reset(): void {
    this.#starts.reset();
  }

  /** Starts `count` instances ahead of any call. @throws as `startInstance`; some of them may run then */
  async startSeveral(count: number): Promise<void> {
    await this.#starts.startSeveral(count);
    this.#dispatch();
  }

  /** What `startSeveral` threw is final: it counts as any failed start, and calls that wait for it get it. */
  startFailed(error: Error): void {
    this.#starts.failedToStart(error);
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
    await this.#starts.settled();
    retireAll(); // a start may have succeeded just before it was aborted
    await Promise.all(this.#instances.map(({ ended }) => ended));
  }

  /** Stops the instances; calls that wait for one are refused. Idempotent. */
  stop(reason?: BulkheadError): Promise<void> {
    this.#stopped ??= this.#stop(
      reason ?? new BulkheadError('MANAGER_CLOSED', { what: `plugin "${this.#options.spec.id}" is stopped` }),
    );
    return this.#stopped;
  }

  async #stop(reason: BulkheadError): Promise<void> {
    this.#stopUpkeep();
    this.#closing.abort(reason);
    this.#queue.refuseAll(this.#closing.signal.reason);
    await this.#starts.settled();
    await Promise.all(this.#instances.map((instance) => instance.stop()));
  }

  #enqueue(request: CallRequest): Promise<unknown> {
    const { action, signal } = request;
    const limit = queueLimitOf(request, this.#options.spec.calls.timeouts);
    const since = performance.now();
    return new Promise((resolve, reject) => {
      const take = (free: SupervisedInstance): void =>
        resolve(this.#serving.#sendTaken(free, afterWaiting(request, performance.now() - since)));
      this.#wait(
        { action, take, refuse: reject },
        {
          limit,
          timeUp: () => this.#serving.#tooLate(action, limit ?? 0),
          signal,
          aborted: () => this.#cancelled(request),
        },
      );
    });
  }

  /** The pool that serves now: a reload may come while calls wait. */
  get #serving(): Pool {
    return this.#successor === undefined ? this : this.#successor.#serving;
  }

  #wait(waiting: Parameters<CallQueue<SupervisedInstance>['add']>[0], limits: WaitLimits): void {
    this.#closing.signal.throwIfAborted();
    this.#queue.add(waiting, limits);
    this.#dispatch();
  }

  #sendTaken(instance: SupervisedInstance, request: CallRequest): Promise<unknown> {
    const { onTaken } = request;
    if (onTaken === undefined) return this.#send(instance, request);
    return onTaken((input, signal) => this.#send(instance, { ...request, input, signal }), request.input);
  }

  #send(instance: SupervisedInstance, request: CallRequest): Promise<unknown> {
    const mayRepeat = isRepeatable(request) && instance.calls.isIdempotent(request.action);
    const sent = mayRepeat ? this.#kept(request) : request;
    const answer = instance.calls.send(sent);
    if (this.#recycling.isServedOut(instance)) void this.#recycle(instance);
    if (!mayRepeat) return answer;
    const sentAt = performance.now();
    return answer.catch((error: unknown) => this.#sendAgain(error, sent, performance.now() - sentAt));
  }

  #kept(request: CallRequest): CallRequest {
    const { input, action } = request;
    return input.isFixed ? request : { ...request, input: keepInput(input, this.#options.spec.id, action) };
  }

  /** Retries a call whose instance is gone: its action is idempotent, and nothing shows that the call did it. */
  #sendAgain(error: unknown, request: CallRequest, spent: number): Promise<unknown> {
    if (!isLost(error) || this.#serving.#closing.signal.aborted) throw error;
    this.#options.observer.callRetried(this.#options.spec.id, request.action);
    return this.execute({ ...request, onTaken: undefined, spent });
  }

  #refuseWhenFull(): void {
    const { id } = this.#options.spec;
    const { queue } = this.#options.spec.calls;
    let load = this.#queue.size;
    for (const { calls } of this.#instances) load += calls.inFlight;
    if (load >= queue.max) throw new BulkheadError('QUEUE_FULL', { plugin: id, maximum: queue.max });
  }

  /** The instance for a call of `action`; undefined if it must wait, for one that has room or for a new one. */
  #choose(action: string | undefined): SupervisedInstance | undefined {
    const best = leastLoaded(this.#instances);
    if (best === undefined || action === undefined || best.calls.inFlight < best.calls.concurrency) return best;
    if (this.#starts.count === 0 && this.#starts.isAllowed) return undefined;
    return best.calls.hasRoom ? best : leastAhead(this.#instances, action);
  }

  /** Gives instances to the calls that wait, and starts as many as the rest needs. */
  #dispatch(): void {
    const starts = this.#starts;
    this.#queue.serve((action) => this.#choose(action));
    const { concurrency } = this.#options.spec.calls;
    while (this.#queue.size > starts.count * concurrency && starts.isAllowed) void starts.start();
    const isHopeless = starts.count === 0 && this.#instances.length === 0;
    if (this.#queue.size > 0 && isHopeless) this.#queue.refuseAll(starts.policy.refusal());
  }

  #started(instance: SupervisedInstance): void {
    this.#instances.push(instance);
    instance.calls.onRoom(() => this.#queue.size > 0 && this.#dispatch());
    void instance.ended.then((end) => this.#onEnded(instance, end));
  }

  /** The calls that wait are refused only if no other instance will serve them. */
  #refuseUnserved(error: Error, others: number): void {
    if (others <= 0 && leastLoaded(this.#instances) === undefined) this.#queue.refuseAll(error);
  }

  #onEnded(instance: SupervisedInstance, end: InstanceEnd): void {
    this.#instances.splice(this.#instances.indexOf(instance), 1);
    if (this.#closing.signal.aborted) return;
    if (end.ending === 'crashed' || end.ending === 'replaced') this.#starts.crashed(instance, end);
    this.keepWarm();
    this.#dispatch();
  }

  /** Starts a successor beside it first, unless the two exclude each other. While the plugin can't be started, the old one stays. */
  async #recycle(instance: SupervisedInstance): Promise<void> {
    if (!instance.accepting || instance.debugger !== undefined || this.#succeeded.has(instance)) return;
    const { policy, mayReplace } = this.#starts;
    const standsAlone = this.#options.spec.pool.reload === 'stop_first';
    if (standsAlone && policy.lastFailure === undefined) return instance.retire('recycled');
    if (standsAlone || !mayReplace) return;
    this.#succeeded.add(instance);
    if (await this.#starts.start()) instance.retire('recycled');
    else this.#succeeded.delete(instance);
  }

  #tooLate(action: string, milliseconds: number): BulkheadError {
    const inFlight = this.#instances.reduce((sum, { calls }) => sum + calls.inFlight, 0);
    const { id } = this.#options.spec;
    const instances = this.#instances.length;
    return new BulkheadError('QUEUE_TIMEOUT', { plugin: id, action, milliseconds, inFlight, instances });
  }

  #cancelled({ action, signal }: CallRequest): BulkheadError {
    return new BulkheadError('CALL_CANCELLED', { plugin: this.#options.spec.id, action }, { cause: signal?.reason });
  }
}
