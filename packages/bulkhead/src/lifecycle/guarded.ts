import { messageOf } from './message-of.ts';

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

/** A listener that may be left out; what it throws is said by a warning of the process, once. */
export function guardedListener<Event extends readonly unknown[]>(
  listener: ((...event: Event) => unknown) | undefined,
  whose: string,
): ((...event: Event) => void) | undefined {
  return listener === undefined ? undefined : guarded(listener, warnOnce(whose));
}

/**
 * An object with these methods of one from outside, each guarded. A method that it lacks does nothing; what one throws is said
 * by a warning of the process, once for each.
 *
 * @param whose such as `observers[0]`
 */
export function guardedMethods<Methods extends object>(
  outside: Partial<Methods>,
  names: Readonly<Record<keyof Methods & string, true>>,
  whose: string,
): Methods {
  const methods = outside as Readonly<Record<string, ((...values: readonly unknown[]) => unknown) | undefined>>;
  const wrap = (name: string): [string, (...values: readonly unknown[]) => void] => [
    name,
    guarded((...values: readonly unknown[]) => methods[name]?.(...values), warnOnce(`${whose}, ${name}`)),
  ];
  return Object.fromEntries(Object.keys(names).map(wrap)) as Methods;
}

/**
 * Says the first failure of a callback by a warning of the process. Not by the logger, which may be what failed; and not each
 * failure, since one that fails for every line would fill standard error.
 *
 * @param whose such as `the logger given to PluginManager`
 */
export function warnOnce(whose: string): (error: unknown) => void {
  let isSaid = false;
  return (error) => {
    if (isSaid) return;
    isSaid = true;
    const message = `A callback of the application failed (${whose}): ${messageOf(error).replace(/\.$/, '')}. Later failures of it are not shown.`;
    process.emitWarning(message, { type: 'CallbackWarning', code: 'BULKHEAD_CALLBACK_FAILED', detail: stackOf(error) });
  };
}

export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function';
}

function stackOf(error: unknown): string {
  try {
    return error instanceof Error ? String(error.stack) : '';
  } catch {
    return '';
  }
}
