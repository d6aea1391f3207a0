import type { ProgressPayload } from '@bulkhead/protocol';
import { BulkheadError, isBulkheadError } from '../errors/bulkhead-error.ts';
import type { InstanceIdentity } from '../launcher/running-instance.ts';
import { Backoff } from '../lifecycle/backoff.ts';
import { abortable, wait } from '../lifecycle/wait.ts';
import type { PluginSpec } from '../registry/plugin-spec.ts';
import type { PluginObserver } from './plugin-observer.ts';
import { type InstanceSource, startInstance } from './start-instance.ts';
import type { SupervisedInstance } from './supervised-instance.ts';

/** Delays between the starts of a plugin that keeps failing, in milliseconds. */
const RESTART = { first: 100, longest: 30_000, longLife: 60_000 };
/** A call waits this long for a delayed start; beyond, it is refused at once rather than kept in the dark. */
const PATIENCE_MILLISECONDS = 1_000;

export type PoolState = 'idle' | 'starting' | 'ready' | 'waiting' | 'stopped';

export interface PoolOptions {
  readonly spec: PluginSpec;
  readonly source: InstanceSource;
  readonly observer: PluginObserver;
}

export interface ExecuteOptions {
  /** Milliseconds; the spec's `call` limit unless given. */
  readonly timeout?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** The plugins that call one another up to this call, its own last. */
  readonly path?: readonly string[] | undefined;
  readonly onProgress?: ((progress: ProgressPayload) => void) | undefined;
}

/** The supervised instance of one plugin: started on demand or ahead, kept warm, started again after a crash. */
export class Pool {
  readonly #options: PoolOptions;
  readonly #backoff = new Backoff(RESTART);
  readonly #closing = new AbortController();
  #instance: SupervisedInstance | undefined;
  #starting: Promise<SupervisedInstance> | undefined;
  #generation = 0;
  #notBefore = 0;
  #lastFailure: Error | undefined;
  #stopped: Promise<void> | undefined;

  constructor(options: PoolOptions) {
    this.#options = options;
  }

  get state(): PoolState {
    if (this.#stopped !== undefined) return 'stopped';
    if (this.#instance !== undefined) return 'ready';
    if (this.#starting !== undefined) return 'starting';
    return this.#notBefore > performance.now() ? 'waiting' : 'idle';
  }

  /** The instance that is ready, if there is one. */
  get instance(): SupervisedInstance | undefined {
    return this.#instance;
  }

  get identity(): InstanceIdentity | undefined {
    return this.#instance?.identity;
  }

  /** How often an instance was started after the first. */
  get restarts(): number {
    return Math.max(0, this.#generation - 1);
  }

  get lastFailure(): Error | undefined {
    return this.#lastFailure;
  }

  /** @throws BulkheadError see `startInstance` and `SupervisedInstance.call`; `PLUGIN_RESTARTING`, `MANAGER_CLOSED`. */
  async execute(action: string, input: unknown, options: ExecuteOptions): Promise<unknown> {
    const { signal } = options;
    if (signal?.aborted === true) throw this.#cancelled(action, signal);
    const instance = this.#accepting ?? (await this.#readyFor(action, signal));
    const { timeouts, id } = this.#options.spec;
    return instance.call(action, input, {
      timeout: options.timeout ?? timeouts.call,
      timeoutSetting:
        options.timeout === undefined
          ? `\`timeouts: { call: … }\` of plugin "${id}" in the registry`
          : 'the `timeout` given with the call',
      signal,
      onProgress: options.onProgress,
      path: options.path,
    });
  }

  /** Starts an instance ahead of the first call, and again after each end, where the registry asks for one. */
  keepWarm(): void {
    if (this.#options.spec.instances.min > 0) void this.#restartAhead();
  }

  /** Starts an instance ahead of the first call. @throws as `execute` */
  async start(): Promise<void> {
    await this.#ready();
  }

  /** Stops the instance; calls that wait for one are refused. Idempotent. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  get #accepting(): SupervisedInstance | undefined {
    return this.#instance?.accepting === true ? this.#instance : undefined;
  }

  async #stop(): Promise<void> {
    this.#closing.abort(new BulkheadError('MANAGER_CLOSED', { what: `plugin "${this.#options.spec.id}" is stopped` }));
    await this.#starting?.catch(() => {});
    await this.#instance?.stop();
  }

  async #readyFor(action: string, signal: AbortSignal | undefined): Promise<SupervisedInstance> {
    const ready = this.#ready();
    if (signal === undefined) return await ready;
    try {
      return await abortable(ready, signal);
    } catch (error) {
      ready.catch(() => {}); // the start goes on for others
      throw signal.aborted ? this.#cancelled(action, signal) : error;
    }
  }

  async #ready(): Promise<SupervisedInstance> {
    this.#closing.signal.throwIfAborted();
    if (this.#accepting !== undefined) return this.#accepting;
    await this.#instance?.ended; // two at a time would be one more than asked for
    this.#closing.signal.throwIfAborted();
    if (this.#starting === undefined) {
      const delay = this.#notBefore - performance.now();
      if (delay > PATIENCE_MILLISECONDS) throw this.#restarting(delay);
      this.#starting = this.#startAfter(Math.max(0, delay)).finally(() => (this.#starting = undefined));
    }
    return await this.#starting;
  }

  async #startAfter(delay: number): Promise<SupervisedInstance> {
    const { signal } = this.#closing;
    if (delay > 0) await wait(delay, signal);
    this.#generation += 1;
    try {
      const instance = await startInstance({ ...this.#options, generation: this.#generation }, signal);
      this.#instance = instance;
      this.#lastFailure = undefined;
      void instance.ended.then(() => this.#onEnded(instance));
      return instance;
    } catch (error) {
      if (!signal.aborted) this.#failed(error as Error, 0);
      throw error;
    }
  }

  #onEnded(instance: SupervisedInstance): void {
    this.#instance = undefined;
    if (this.#closing.signal.aborted) return;
    const { pid } = instance.identity;
    this.#failed(new Error(`its last process (pid ${pid}) ended unexpectedly`), performance.now() - instance.startedAt);
    this.keepWarm();
  }

  #failed(error: Error, life: number): void {
    this.#lastFailure = error;
    const delay = this.#backoff.ended(life);
    this.#notBefore = performance.now() + delay;
    this.#options.observer.restartDelayed(this.#options.spec.id, delay);
  }

  /** Tries until it runs; a failure that time does not mend waits for the next call. The observer hears of each. */
  async #restartAhead(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted && this.#instance === undefined) {
      try {
        await wait(Math.max(0, this.#notBefore - performance.now()), signal);
        await this.#ready();
      } catch (error) {
        if (!isBulkheadError(error) || !error.retryable) return;
      }
    }
  }

  #restarting(milliseconds: number): BulkheadError {
    const plugin = this.#options.spec.id;
    const reason = (this.#lastFailure?.message ?? 'it failed').replace(/\.$/, '');
    return new BulkheadError('PLUGIN_RESTARTING', { plugin, reason, milliseconds }, { cause: this.#lastFailure });
  }

  #cancelled(action: string, signal: AbortSignal): BulkheadError {
    return new BulkheadError('CALL_CANCELLED', { plugin: this.#options.spec.id, action }, { cause: signal.reason });
  }
}
