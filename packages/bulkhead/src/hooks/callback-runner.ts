import { copyValue, isPlainObject, UncopyableError } from '../lifecycle/copy-value.ts';
import { isThenable } from '../lifecycle/guarded.ts';
import type { HookCallback, HookContext } from './hook.ts';
import type { BatchContext, BatchResult, HookOutcome, HookRunner, HookToRun } from './hook-runner.ts';

/**
 * Runs a callback in this process. It gets a copy, frozen for `audit` and `notify`, and what it returns is copied. So it can't
 * change the data of others, neither by failing half-way nor later.
 */
export class CallbackRunner implements HookRunner {
  readonly #callback: HookCallback;
  readonly #fullName: string;

  constructor(callback: HookCallback, fullName: string) {
    this.#callback = callback;
    this.#fullName = fullName;
  }

  run([hook]: readonly HookToRun[], data: unknown, batch: BatchContext): BatchResult | Promise<BatchResult> {
    if (hook === undefined) return { completed: 0, data };
    const context = new CallbackContext(batch, this.#fullName);
    const failed = (error: unknown): BatchResult => {
      if (context.vetoed !== undefined) return notCompleted(data, { kind: 'veto', reason: context.vetoed });
      return notCompleted(data, { kind: 'failure', error });
    };
    const returned = (value: unknown): BatchResult =>
      context.vetoed === undefined ? resultOf(hook, data, value) : failed(undefined);
    try {
      const given = copyValue(data);
      const value = this.#callback(hook.mode === 'transform' ? given : freeze(given), context);
      return isThenable(value) ? Promise.resolve(value).then(returned, failed) : returned(value);
    } catch (error) {
      return failed(error);
    }
  }
}

/** Remembers a veto, which counts even if the callback catches what `veto` throws. */
class CallbackContext implements HookContext {
  readonly hook: string;
  readonly #batch: BatchContext;
  vetoed: string | undefined;

  constructor(batch: BatchContext, hook: string) {
    this.#batch = batch;
    this.hook = hook;
  }

  get event(): string {
    return this.#batch.event;
  }

  get signal(): AbortSignal {
    return this.#batch.signal;
  }

  readonly veto = (reason: string): never => {
    this.vetoed = reason;
    throw new Error(`vetoed: ${reason}`);
  };
}

function resultOf({ mode, onNothing }: HookToRun, data: unknown, value: unknown): BatchResult {
  if (mode !== 'transform') return { completed: 1, data };
  if (value === undefined || value === null) {
    if (onNothing === 'keep' || data === undefined || data === null) return { completed: 1, data };
    return notCompleted(data, { kind: 'invalid', reason: 'returned nothing' });
  }
  try {
    return { completed: 1, data: copyValue(value) };
  } catch (error) {
    if (!(error instanceof UncopyableError)) throw error;
    return notCompleted(data, {
      kind: 'invalid',
      reason: `returned what is no data: ${error.message} at ${error.path}`,
    });
  }
}

function notCompleted(data: unknown, outcome: HookOutcome): BatchResult {
  return { completed: 0, data, outcome };
}

/** A callback that tries to change it gets a TypeError. Typed arrays can't be frozen; they are its own copies. */
function freeze(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (!Array.isArray(value) && !isPlainObject(value)) return value;
  for (const part of Object.values(value)) freeze(part);
  return Object.freeze(value);
}
