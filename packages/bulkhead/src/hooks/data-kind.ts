import { isPlainObject } from '../lifecycle/copy-value.ts';

/** Says in a clause after "it" what is wrong with data that a hook gave back; undefined when nothing is. */
export type DataCheck = (data: unknown, before: unknown) => string | undefined;

/** Unless an event says better: text stays text, an object an object. What was nothing may become anything. */
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
