import { setTimeout as sleep } from 'node:timers/promises';
import { Limit } from './limit.ts';

/**
 * Waits `milliseconds`, or rejects with the signal's reason when that is aborted first.
 *
 * @param keepsAlive whether this process may not end by itself until then
 */
export async function wait(milliseconds: number, signal: AbortSignal, keepsAlive = true): Promise<void> {
  try {
    await sleep(milliseconds, undefined, { signal, ref: keepsAlive });
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  }
}

/** Resolves true when `promise` settles within `milliseconds`, else false. The timer does not outlive the wait. */
export function settlesWithin(promise: Promise<unknown>, milliseconds: number): Promise<boolean> {
  // No AbortSignal: the error that ends its timer costs more than all else on the way of a fork.
  return new Promise((resolve) => {
    const limit = new Limit(milliseconds, () => resolve(false), true);
    const settled = (): void => {
      limit.clear();
      resolve(true);
    };
    promise.then(settled, settled);
  });
}

/** `promise`, unless the signal is aborted first: then rejects with its reason. What `promise` does later is ignored. */
export async function abortable<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> {
  signal.throwIfAborted();
  let onAbort: (() => void) | undefined;
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason as Error);
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort as () => void);
  }
}
