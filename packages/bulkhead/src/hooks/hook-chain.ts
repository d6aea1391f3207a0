import { BulkheadError } from '../errors/bulkhead-error.ts';
import type { DataCheck } from './data-kind.ts';
import { describeChanges } from './difference.ts';
import type { Hook } from './hook.ts';
import type { HookConsequence, HookObserver } from './hook-observer.ts';
import type { ChainOutcome, HookStep } from './chain-outcome.ts';
import type { BatchResult } from './hook-runner.ts';
import { copyOfData } from './copy-of-data.ts';
import { errorOfOutcome, errorOfHook, batchOf, runBatch } from './batch.ts';

export interface ChainOptions {
  readonly event: string;
  readonly check: DataCheck;
  readonly observer: HookObserver;
  readonly signal: AbortSignal | undefined;
  readonly trace: boolean;
  readonly onStep: ((step: HookStep) => void) | undefined;
  /** Begins a `notify` hook. */
  readonly notify: (hook: Hook, data: unknown) => void;
}

/** One run of an event's hooks, over data of its own. */
export class HookChain {
  readonly #options: ChainOptions;
  readonly #steps: HookStep[] = [];
  #data: unknown;
  #veto: ChainOutcome['veto'];

  /** @throws BulkheadError `HOOK_DATA_INVALID` */
  constructor(data: unknown, options: ChainOptions) {
    this.#options = options;
    this.#data = copyOfData(options.event, data);
  }

  /** @throws BulkheadError `HOOK_FAILED`, `HOOK_TIMEOUT`, `HOOK_RESULT_INVALID` by the policy of a hook; `HOOKS_CANCELLED` */
  async run(hooks: readonly Hook[]): Promise<ChainOutcome> {
    let left = hooks;
    while (left.length > 0 && this.#veto === undefined) {
      const batch = batchOf(left, this.#options.trace);
      left = left.slice(await this.#take(batch));
    }
    return { data: this.#data, veto: this.#veto, steps: this.#steps };
  }

  /** @returns how many of them are done with */
  #take(batch: readonly Hook[]): number | Promise<number> {
    const hook = batch[0]!;
    if (hook.isRemoved) this.#step(hook, 'removed', 0);
    else if (hook.disabledBy !== undefined) this.#step(hook, 'disabled', 0, { error: hook.disabledBy });
    else if (hook.mode === 'notify') {
      this.#options.notify(hook, this.#data);
      this.#step(hook, 'notified', 0);
    } else return this.#cross(batch);
    return 1;
  }

  async #cross(batch: readonly Hook[]): Promise<number> {
    const { event, observer, signal } = this.#options;
    const start = performance.now();
    let result: BatchResult;
    try {
      result = await runBatch(event, batch, this.#data, signal);
    } catch (error) {
      if (signal?.aborted === true) throw new BulkheadError('HOOKS_CANCELLED', { event }, { cause: signal.reason });
      if (batch.length > 1) return await this.#oneByOne(batch);
      this.#failed(batch[0]!, errorOfHook(event, batch[0]!, error), performance.now() - start);
      return 1;
    }
    const duration = performance.now() - start;
    observer.hooksRan(
      event,
      batch.map(({ fullName }) => fullName),
      duration,
    );
    return await this.#settle(batch, result, duration);
  }

  async #settle(batch: readonly Hook[], { completed, data, outcome }: BatchResult, duration: number): Promise<number> {
    const { event, check, trace } = this.#options;
    const done = batch.slice(0, completed);
    const problem = done.some(({ mode }) => mode === 'transform') ? check(data, this.#data) : undefined;
    if (problem !== undefined) {
      if (done.length > 1) return await this.#oneByOne(batch);
      this.#failed(batch[0]!, errorOfOutcome(event, batch[0]!, { kind: 'invalid', reason: problem }), duration);
      return 1;
    }
    for (const hook of done)
      this.#step(hook, 'done', duration, trace ? { changes: describeChanges(this.#data, data) } : {});
    this.#data = data;
    const hook = batch[completed];
    if (hook === undefined) return batch.length;
    if (outcome?.kind === 'veto') this.#vetoed(hook, outcome.reason, duration);
    else {
      const why = outcome ?? { kind: 'failure', error: new Error('its runner left it out') };
      this.#failed(hook, errorOfOutcome(event, hook, why), duration);
    }
    return completed + 1;
  }

  /** Runs a failed batch again hook by hook, to find out which of them failed. */
  async #oneByOne(batch: readonly Hook[]): Promise<number> {
    for (const [index, hook] of batch.entries()) {
      await this.#take([hook]);
      if (this.#veto !== undefined) return index + 1;
    }
    return batch.length;
  }

  #vetoed(hook: Hook, reason: string, duration: number): void {
    this.#veto = { hook: hook.fullName, reason };
    this.#options.observer.hookVetoed(this.#options.event, hook.fullName, reason);
    this.#step(hook, 'vetoed', duration);
  }

  #failed(hook: Hook, error: BulkheadError, duration: number): void {
    const consequence = consequenceOf(hook, error);
    this.#options.observer.hookFailed(this.#options.event, hook.fullName, error, consequence);
    if (consequence === 'chain_failed') throw error;
    this.#step(hook, 'skipped', duration, { error });
  }

  #step(hook: Hook, outcome: HookStep['outcome'], milliseconds: number, more: Partial<HookStep> = {}): void {
    const step: HookStep = { hook: hook.fullName, mode: hook.mode, outcome, milliseconds, ...more };
    this.#steps.push(step);
    this.#options.onStep?.(step);
  }
}

/** Applies the hook's `onError`. */
function consequenceOf(hook: Hook, error: Error): HookConsequence {
  if (hook.onError === 'fail') return 'chain_failed';
  if (hook.onError === 'skip') return 'skipped';
  hook.disabledBy = error;
  return 'disabled';
}
