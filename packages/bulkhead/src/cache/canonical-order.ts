import { isPlainObject } from '../lifecycle/copy-value.ts';

/** The codec refuses deeper values. */
const MOST_DEEP = 256;

/** The value with the keys of its objects sorted; the same object where they already are. Never changes its input. */
export function canonicalOrder(value: unknown, depth: number = 0): unknown {
  if (typeof value !== 'object' || value === null || depth > MOST_DEEP) return value;
  if (Array.isArray(value)) return orderArray(value, depth);
  return isPlainObject(value) ? orderObject(value, depth) : value;
}

function orderArray(array: readonly unknown[], depth: number): readonly unknown[] {
  let ordered: unknown[] | undefined;
  for (let index = 0; index < array.length; index += 1) {
    const element = array[index];
    if (typeof element !== 'object') continue;
    const inOrder = canonicalOrder(element, depth + 1);
    if (inOrder !== element) (ordered ??= array.slice())[index] = inOrder;
  }
  return ordered ?? array;
}

function orderObject(object: Readonly<Record<string, unknown>>, depth: number): Readonly<Record<string, unknown>> {
  const keys = Object.keys(object);
  let isInOrder = true;
  for (let index = 1; index < keys.length && isInOrder; index += 1) isInOrder = keys[index - 1]! < keys[index]!;
  const values = keys.map((key) => canonicalOrder(object[key], depth + 1));
  if (isInOrder && keys.every((key, index) => values[index] === object[key])) return object;
  // Without a prototype, `__proto__` is a key like any other.
  const ordered = Object.create(null) as Record<string, unknown>;
  for (const index of keys.map((_, index) => index).sort((a, b) => (keys[a]! < keys[b]! ? -1 : 1)))
    ordered[keys[index]!] = values[index];
  return ordered;
}
