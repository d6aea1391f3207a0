import { NdArray } from '@bulkhead/protocol';

/** A copy that shares nothing with `value` that can be changed in place, for all that crosses the wire. */
export function copied(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(copied);
  if (value instanceof NdArray) return new NdArray(value.data.slice(), value.shape, value.dtype);
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return structuredClone(value);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== null && prototype !== Object.prototype) return value; // an instant, or what its encoding refuses
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, copied(each)]));
}
