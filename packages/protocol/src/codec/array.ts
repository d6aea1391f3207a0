import { Refusal } from './codec-error.ts';

export type TypedArray =
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array
  | Float32Array
  | Float64Array;

/** Element types, by numpy's names. The position in this list is the code on the wire. */
export const DTYPES = [
  'bool',
  'int8',
  'uint8',
  'int16',
  'uint16',
  'int32',
  'uint32',
  'int64',
  'uint64',
  'float16',
  'float32',
  'float64',
] as const;
/** What numpy calls the type of its elements. */
export type DType = (typeof DTYPES)[number];

const ELEMENT_BYTES: readonly number[] = [1, 1, 1, 2, 2, 4, 4, 8, 8, 2, 4, 8];
const MOST_DIMENSIONS = 32;

/** Keyed by `Symbol.toStringTag`, which tells arrays of other realms (vm contexts, test runners) apart as well. */
const DTYPE_OF_TAG: Readonly<Record<string, DType>> = {
  Int8Array: 'int8',
  Uint8Array: 'uint8',
  Uint8ClampedArray: 'uint8',
  Int16Array: 'int16',
  Uint16Array: 'uint16',
  Int32Array: 'int32',
  Uint32Array: 'uint32',
  BigInt64Array: 'int64',
  BigUint64Array: 'uint64',
  Float16Array: 'float16',
  Float32Array: 'float32',
  Float64Array: 'float64',
};

const IS_LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/**
 * An array of several dimensions, in C order, or one whose elements JavaScript has no array for: `bool` (data is a
 * Uint8Array of 0 and 1) and `float16` (data is a Uint16Array of its bits).
 */
export class NdArray {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly data: TypedArray;

  /** @throws RangeError if shape and data don't agree, TypeError if dtype and data don't. */
  constructor(data: TypedArray, shape: readonly number[], dtype: DType = dtypeOf(data)) {
    const stored = dtype === 'bool' ? 'uint8' : dtype === 'float16' ? 'uint16' : dtype;
    const given = dtypeOf(data);
    if (given !== stored && given !== dtype)
      throw new TypeError(`elements of ${dtype} can't be held by a ${data.constructor.name}`);
    if (shape.length > MOST_DIMENSIONS) throw new RangeError(`an array has at most ${MOST_DIMENSIONS} dimensions`);
    for (const size of shape) {
      if (!Number.isInteger(size) || size < 0 || size > 0xffffffff)
        throw new RangeError(`${size} is not the size of a dimension`);
    }
    const length = shape.reduce((product, size) => product * size, 1);
    if (length !== data.length)
      throw new RangeError(`a shape of [${shape.join(', ')}] needs ${length} elements, not ${data.length}`);
    this.dtype = dtype;
    this.shape = shape;
    this.data = data;
  }
}

function dtypeOf(array: ArrayBufferView): DType {
  const dtype = dtypeOfView(array);
  if (dtype === undefined) throw new TypeError('an NdArray is built on a typed array');
  return dtype;
}

/** The element type of a typed array; undefined for a DataView. */
export function dtypeOfView(view: ArrayBufferView): DType | undefined {
  return DTYPE_OF_TAG[(view as TypedArray)[Symbol.toStringTag]];
}

/** What ext 1 and ext 3 begin with. */
export interface ArrayHeader {
  readonly code: number;
  readonly shape: readonly number[];
  /** Bytes of all elements. */
  readonly elementBytes: number;
}

export function arrayHeaderBytes(dimensions: number): number {
  return 2 + 4 * dimensions;
}

/** Reads `dtype: u8 | dimensions: u8 | size of each: u32 LE` at `start`; never looks beyond `end`. */
export function readArrayHeader(bytes: Uint8Array, start: number, end: number): ArrayHeader {
  const code = bytes[start]!;
  const dimensions = bytes[start + 1]!;
  if (end - start < 2 || end - start < arrayHeaderBytes(dimensions))
    throw new Refusal('invalid_array', 'the header of an array is cut short');
  if (code >= DTYPES.length) throw new Refusal('invalid_array', `there is no element type ${code}`);
  if (dimensions > MOST_DIMENSIONS)
    throw new Refusal('invalid_array', `${dimensions} dimensions are more than ${MOST_DIMENSIONS}`);
  const shape: number[] = [];
  let elementBytes = ELEMENT_BYTES[code]!;
  for (let offset = start + 2; shape.length < dimensions; offset += 4) {
    const size =
      (bytes[offset]! | (bytes[offset + 1]! << 8) | (bytes[offset + 2]! << 16) | (bytes[offset + 3]! << 24)) >>> 0;
    shape.push(size);
    elementBytes *= size;
    if (!Number.isSafeInteger(elementBytes))
      throw new Refusal('invalid_array', 'an array whose size is beyond counting');
  }
  return { code, shape, elementBytes };
}

/** Makes the array around `elements`, which must lie where they are aligned, and are not copied. */
export function arrayFromElements(header: ArrayHeader, elements: Uint8Array): TypedArray | NdArray {
  needLittleEndian();
  const dtype = DTYPES[header.code]!;
  const data = typedArrayOf(dtype, elements);
  const isPlain = header.shape.length === 1 && dtype !== 'bool' && dtype !== 'float16';
  return isPlain ? data : new NdArray(data, header.shape, dtype);
}

export function elementBytesOf({ code }: ArrayHeader): number {
  return ELEMENT_BYTES[code]!;
}

/** `bytes` seen as an array of the kind of `like`. */
export function typedArrayAt(like: TypedArray, bytes: Uint8Array): TypedArray {
  return typedArrayOf(dtypeOf(like), bytes);
}

function typedArrayOf(dtype: DType, elements: Uint8Array): TypedArray {
  const { buffer, byteOffset } = elements;
  const count = elements.byteLength / ELEMENT_BYTES[DTYPES.indexOf(dtype)]!;
  switch (dtype) {
    case 'bool':
    case 'uint8':
      return elements;
    case 'int8':
      return new Int8Array(buffer, byteOffset, count);
    case 'int16':
      return new Int16Array(buffer, byteOffset, count);
    case 'uint16':
    case 'float16':
      return new Uint16Array(buffer, byteOffset, count);
    case 'int32':
      return new Int32Array(buffer, byteOffset, count);
    case 'uint32':
      return new Uint32Array(buffer, byteOffset, count);
    case 'int64':
      return new BigInt64Array(buffer, byteOffset, count);
    case 'uint64':
      return new BigUint64Array(buffer, byteOffset, count);
    case 'float32':
      return new Float32Array(buffer, byteOffset, count);
    case 'float64':
      return new Float64Array(buffer, byteOffset, count);
  }
}

/** Elements cross as they lie in memory. The big-endian machines Node runs on (s390x, AIX) would have to turn them round. */
export function needLittleEndian(): void {
  if (!IS_LITTLE_ENDIAN)
    throw new Refusal('unsupported_type', 'typed arrays need a little-endian machine; send a plain array');
}
