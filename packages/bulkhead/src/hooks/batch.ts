import { BulkheadError, isBulkheadError } from '../errors/bulkhead-error.ts';
import { abortable } from '../lifecycle/wait.ts';
import type { Hook } from './hook.ts';
import {
  type BatchContext,
  type BatchResult,
  type HookOutcome,
  HookTimeIsOver,
  type HookToRun,
} from './hook-runner.ts';

/** The first of `hooks`, and those behind it that can run in one batch with it: they follow each other and have one runner. */
export function batchOf(hooks: readonly Hook[], alone: boolean): readonly Hook[] {
  const [first] = hooks;
  if (first === undefined) return [];
  if (alone || first.mode === 'notify' || !isRunnable(first)) return [first];
  const end = hooks.findIndex((hook) => hook.runner !== first.runner || hook.mode === 'notify' || !isRunnable(hook));
  return end < 0 ? hooks : hooks.slice(0, end);
}

function isRunnable({ isRemoved, disabledBy }: Hook): boolean {
  return !isRemoved && disabledBy === undefined;
}

/**
 * Runs a batch within the sum of its hooks' time limits.
 *
 * @throws HookTimeIsOver, the signal's reason, or what the runner rejects with
 */
export async function runBatch(
  event: string,
  hooks: readonly Hook[],
  data: unknown,
  signal: AbortSignal | undefined,
): Promise<BatchResult> {
  signal?.throwIfAborted();
  const { runner } = hooks[0]!;
  const batch = new LimitedBatch(event, signal);
  const running = runner.run(hooks, data, batch);
  if (runner.keepsTime === true) return await running;
  // Most callbacks answer at once: then no timer is needed.
  if (!(running instanceof Promise)) return running;
  const onAbort = (): void => batch.abort(signal?.reason);
  const timer = setTimeout(() => batch.abort(new HookTimeIsOver()), timeOfAll(hooks));
  signal?.addEventListener('abort', onAbort, { once: true });
  if (signal?.aborted === true) onAbort(); // by the hook itself
  try {
    return await abortable(running, batch.signal);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  }
}

/** The sum of their time limits, in milliseconds. */
export function timeOfAll(hooks: readonly HookToRun[]): number {
  return Math.min(
    hooks.reduce((sum, { timeout }) => sum + timeout, 0),
    2 ** 31 - 1,
  );
}

/** Makes its signal only when asked, as most hooks never ask. */
class LimitedBatch implements BatchContext {
  readonly event: string;
  readonly unwanted: AbortSignal | undefined;
  #controller: AbortController | undefined;

  constructor(event: string, unwanted: AbortSignal | undefined) {
    this.event = event;
    this.unwanted = unwanted;
  }

  get signal(): AbortSignal {
    return (this.#controller ??= new AbortController()).signal;
  }

  abort(reason: unknown): void {
    (this.#controller ??= new AbortController()).abort(reason);
  }
}

/** Why a hook ended its batch early, as an error of the catalogue. */
export function errorOfOutcome(
  event: string,
  hook: Hook,
  outcome: Exclude<HookOutcome, { kind: 'veto' }>,
): BulkheadError {
  if (outcome.kind === 'failure') return errorOfHook(event, hook, outcome.error);
  return new BulkheadError('HOOK_RESULT_INVALID', { event, hook: hook.fullName, reason: outcome.reason });
}

export function errorOfHook(event: string, hook: Hook, error: unknown): BulkheadError {
  const named = { event, hook: hook.fullName };
  if (error instanceof HookTimeIsOver) {
    const { cause } = error;
    const options = isBulkheadError(cause) ? { cause, context: cause.context } : {};
    return new BulkheadError('HOOK_TIMEOUT', { ...named, milliseconds: hook.timeout }, options);
  }
  const message = error instanceof Error ? error.message : String(error);
  const reason = message.endsWith('.') ? message.slice(0, -1) : message;
  const context = isBulkheadError(error) ? { context: error.context } : {};
  return new BulkheadError('HOOK_FAILED', { ...named, reason }, { cause: error, ...context });
}
