/**
 * Wraps a callback that comes from outside (a logger, a listener, an observer), so that its failure stays its own: what it
 * throws, or what its promise rejects with, goes to `failed` and no further. Use it once, where the callback enters.
 */
export function guarded<Parameters extends readonly unknown[]>(
  callback: (...parameters: Parameters) => unknown,
  failed: (error: unknown) => void,
): (...parameters: Parameters) => void {
  return (...parameters) => {
    try {
      const result = callback(...parameters);
      if (isThenable(result)) result.then(undefined, failed);
    } catch (error) {
      failed(error);
    }
  };
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function';
}
