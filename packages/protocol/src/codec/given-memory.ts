import { elementBytesOf, NdArray, type TypedArray, typedArrayAt } from './array.ts';
import { BodyReference } from './body-reference.ts';

type Container = unknown[] | Record<string, unknown>;

/** Where a value stands. */
interface Place {
  readonly container: Container;
  readonly key: number | string;
  readonly value: BodyReference | TypedArray | NdArray;
}

/**
 * The body that belongs in memory that the receiver of a message gave: that of the message's first binary value or array, if
 * it fits; undefined when that one did not travel as a body.
 */
export function bodyForMemory(message: unknown[], memory: Uint8Array): BodyReference | undefined {
  const value = firstBinary(message)?.value;
  if (!(value instanceof BodyReference)) return undefined;
  const elementBytes = value.header === undefined ? 1 : elementBytesOf(value.header);
  return value.length > 0 && fits(value.length, elementBytes, memory) ? value : undefined;
}

/** Copies the message's first binary value or array into memory, if it fits and isn't there already; it is a view on that then. */
export function moveIntoMemory(message: unknown[], memory: Uint8Array): void {
  const place = firstBinary(message);
  if (place === undefined || place.value instanceof BodyReference) return;
  const { value, key } = place;
  const data = value instanceof NdArray ? value.data : value;
  if (data.buffer === memory.buffer || !fits(data.byteLength, data.BYTES_PER_ELEMENT, memory)) return;
  const bytes = memory.subarray(0, data.byteLength);
  bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  const moved = typedArrayAt(data, bytes);
  // A message comes out of the decoder: a key `__proto__` is an own property there, so assigning finds it.
  (place.container as Record<number | string, unknown>)[key] =
    value instanceof NdArray ? new NdArray(moved, value.shape, value.dtype) : moved;
}

/** Elements can only be seen where they are aligned, and memory that was transferred to somewhere else has a length of 0. */
function fits(length: number, elementBytes: number, memory: Uint8Array): boolean {
  return memory.length > 0 && length <= memory.length && memory.byteOffset % elementBytes === 0;
}

/** In the order in which JavaScript lists what the message holds, whatever the size: so that it is always the same one. */
function firstBinary(container: Container): Place | undefined {
  for (const key of Object.keys(container)) {
    const value = (container as Record<string, unknown>)[key];
    if (value instanceof BodyReference || value instanceof NdArray || ArrayBuffer.isView(value))
      return { container, key, value: value as Place['value'] };
    if (typeof value !== 'object' || value === null) continue;
    const found = firstBinary(value as Container);
    if (found !== undefined) return found;
  }
  return undefined;
}
