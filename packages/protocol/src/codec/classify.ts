import { types } from 'node:util';
import { dtypeOfView, needLittleEndian, NdArray, type DType } from './array.ts';
import { Refusal } from './codec-error.ts';
import { unsupported } from './unsupported.ts';

/** A typed array of any shape as the wire wants it. */
export interface ArrayToSend {
  readonly kind: 'array';
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

export type ObjectToSend =
  | { readonly kind: 'map'; readonly map: Record<string, unknown> }
  | { readonly kind: 'binary'; readonly bytes: Uint8Array }
  | { readonly kind: 'date'; readonly date: Date }
  | ArrayToSend;

/**
 * Says what an object is that is neither an array nor a plain object of this realm. Goes by what objects are, not by
 * `instanceof`: those from another realm (a vm context, some test runners) are as good.
 */
export function classify(value: object): ObjectToSend {
  if (ArrayBuffer.isView(value)) return classifyView(value);
  if (types.isAnyArrayBuffer(value)) return { kind: 'binary', bytes: new Uint8Array(value) };
  if (types.isDate(value)) return { kind: 'date', date: value };
  if (value instanceof NdArray) {
    needLittleEndian();
    return { kind: 'array', dtype: value.dtype, shape: value.shape, bytes: bytesOf(value.data) };
  }
  if (isPlainElsewhere(value)) return { kind: 'map', map: value as Record<string, unknown> };
  throw unsupported(value);
}

function classifyView(view: ArrayBufferView): ObjectToSend {
  const dtype = dtypeOfView(view);
  if (dtype === undefined) throw unsupported(view);
  const bytes = bytesOf(view);
  // A clamped array is one of numbers, in spite of its size; only Uint8Array (and Buffer) means "bytes" in JavaScript.
  if (types.isUint8Array(view)) return { kind: 'binary', bytes };
  needLittleEndian();
  return { kind: 'array', dtype, shape: [(view as Int8Array).length], bytes };
}

function bytesOf(view: ArrayBufferView): Uint8Array {
  try {
    return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  } catch {
    throw new Refusal('unsupported_type', 'an array whose memory was transferred to somewhere else');
  }
}

/** An object literal of another realm: its prototype is that realm's Object.prototype. */
function isPlainElsewhere(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return (
    Object.getPrototypeOf(prototype) === null &&
    Object.hasOwn(prototype as object, 'isPrototypeOf') &&
    !types.isProxy(value)
  );
}
