import { CodecError, type CodecReason, formatPath } from '@bulkhead/protocol';

/** How many values may stand inside each other. */
export const DEEPEST = 256;

/** That a part of an input can't be sent. @param path innermost first */
export function refusedValue(path: readonly (string | number)[], reason: CodecReason, detail: string): CodecError {
  const shown = formatPath(path);
  return new CodecError(reason, shown, `cannot encode ${shown}: ${detail}`, detail);
}

/** Whether it is an object of keys and values, and nothing with a class of its own: a Map or a Date would be empty without a word. */
export function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
