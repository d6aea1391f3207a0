import { letManyListen } from './let-many-listen.ts';

/**
 * Does what ends when either signal is aborted. `AbortSignal.any` would leave a note of it in both, which Node 20 keeps as long as they
 * live: the signal of a pool or of an application outlives thousands of operations.
 *
 * @throws what `work` throws
 */
export async function underEither<Result>(
  signals: readonly [AbortSignal, AbortSignal],
  work: (either: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const either = new AbortController();
  letManyListen(either.signal);
  const pass = (): void => either.abort(signals.find(({ aborted }) => aborted)?.reason);
  for (const signal of signals) {
    letManyListen(signal);
    signal.addEventListener('abort', pass);
  }
  if (signals.some(({ aborted }) => aborted)) pass();
  try {
    return await work(either.signal);
  } finally {
    for (const signal of signals) signal.removeEventListener('abort', pass);
  }
}
