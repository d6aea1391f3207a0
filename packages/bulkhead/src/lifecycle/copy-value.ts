import { types } from 'node:util';
import { NdArray, PreciseDate, type TypedArray } from '@bulkhead/protocol';
import { type DataStep, formatDataPath } from './data-path.ts';
import { messageOf } from './message-of.ts';

/** As deep as values may be on the wire. */
const MOST_DEEP = 256;

/** There is something in a value that can't be copied. */
export class UncopyableError extends Error {
  override readonly name: string = 'UncopyableError';
  /** Innermost first, gathered on the way out. */
  readonly steps: DataStep[] = [];

  /** This error again, for the container in which its value stands at `step`. */
  at(step: DataStep): this {
    this.steps.push(step);
    return this;
  }

  /** Such as `$.rows[3].when`. */
  get path(): string {
    return formatDataPath(this.steps.toReversed());
  }
}

/**
 * A copy that shares nothing with the value, of what can cross to a plugin: plain objects, arrays, text, numbers, bigints,
 * booleans, dates, binary and typed arrays; and undefined. A reference to the same object twice becomes two copies.
 *
 * @throws UncopyableError
 */
export function copyValue<Value>(value: Value): Value {
  try {
    return copy(value, 0) as Value;
  } catch (error) {
    throw error instanceof UncopyableError ? error : unreadable(error);
  }
}

/** What a getter, or the trap of a Proxy, threw while a value was read, at `step` of it if that is known. */
export function unreadable(thrown: unknown, step?: DataStep): UncopyableError {
  const error = new UncopyableError(`what can't be read: ${messageOf(thrown)}`, { cause: thrown });
  return step === undefined ? error : error.at(step);
}

function copy(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null) {
    if (typeof value === 'function' || typeof value === 'symbol') throw new UncopyableError(`a ${typeof value}`);
    return value;
  }
  if (depth > MOST_DEEP)
    throw new UncopyableError(`more than ${MOST_DEEP} arrays and objects inside one another, or a cycle`);
  if (Array.isArray(value)) return copyArray(value, depth);
  return isPlainObject(value) ? copyObject(value, depth) : copySpecial(value);
}

function copyArray(array: readonly unknown[], depth: number): unknown[] {
  const copied = array.slice();
  for (let index = 0; index < copied.length; index += 1) {
    const element = copied[index];
    if (isImmutable(element)) continue;
    copied[index] = copyAt(index, element, depth);
  }
  return copied;
}

function copyObject(object: Readonly<Record<string, unknown>>, depth: number): Record<string, unknown> {
  const copied = spread(object);
  for (const key of Object.keys(copied)) {
    const value = copied[key];
    if (!isImmutable(value)) copied[key] = copyAt(key, value, depth);
  }
  return copied;
}

/** Spreading is the quickest copy, but does not say which getter threw. */
function spread(object: Readonly<Record<string, unknown>>): Record<string, unknown> {
  try {
    return { ...object };
  } catch (error) {
    throw unreadable(
      error,
      Object.keys(object).find((key) => throwsAt(object, key)),
    );
  }
}

function throwsAt(object: Readonly<Record<string, unknown>>, key: string): boolean {
  try {
    void object[key];
    return false;
  } catch {
    return true;
  }
}

function copyAt(step: DataStep, value: unknown, depth: number): unknown {
  try {
    return copy(value, depth + 1);
  } catch (error) {
    throw (error instanceof UncopyableError ? error : unreadable(error)).at(step);
  }
}

function isImmutable(value: unknown): boolean {
  if (typeof value === 'object') return value === null;
  return typeof value !== 'function' && typeof value !== 'symbol';
}

/** Whether it is a plain object, of this realm or another (a vm context, some test runners). */
export function isPlainObject(value: object): value is Readonly<Record<string, unknown>> {
  const prototype = Object.getPrototypeOf(value) as object | null;
  if (prototype === Object.prototype || prototype === null) return true;
  return (
    Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, 'isPrototypeOf') && !types.isProxy(value)
  );
}

function copySpecial(value: object): unknown {
  if (types.isTypedArray(value)) return copyTypedArray(value as TypedArray);
  if (value instanceof NdArray) return new NdArray(copyTypedArray(value.data), [...value.shape], value.dtype);
  if (value instanceof PreciseDate) return new PreciseDate(value.getTime(), value.nanoseconds);
  if (types.isDate(value)) return new Date(value.getTime());
  if (types.isAnyArrayBuffer(value)) return value.slice(0);
  const { constructor } = value;
  const name = typeof constructor === 'function' ? constructor.name : '';
  throw new UncopyableError(name === '' ? 'an object with a prototype of its own' : `a value of class ${name}`);
}

/** Not `array.slice()`: that of a Buffer copies nothing. */
function copyTypedArray(array: TypedArray): TypedArray {
  return Uint8Array.prototype.slice.call(array) as TypedArray;
}
