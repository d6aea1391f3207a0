import { isPlainObject } from '../lifecycle/copy-value.ts';

/** Checks data that a hook returned. @returns what is wrong with it, as a clause after "it"; undefined if nothing is */
export type DataCheck = (data: unknown, before: unknown) => string | undefined;

/** The rule for events without a check of their own: data keeps its kind; nothing may become anything. */
export const sameKind: DataCheck = (data, before) => {
  const [kind, expected] = [kindOf(data), kindOf(before)];
  return kind === expected || expected === 'nothing' ? undefined : `returned ${kind} instead of ${expected}`;
};

function kindOf(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return 'binary data';
  if (typeof value === 'object') return isPlainObject(value) ? 'an object' : `a ${value.constructor.name}`;
  if (typeof value === 'string') return 'text';
  return typeof value === 'boolean' ? 'true or false' : 'a number';
}
