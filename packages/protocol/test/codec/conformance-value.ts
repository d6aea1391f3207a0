import { readFileSync } from 'node:fs';
import { PreciseDate } from '../../src/codec/precise-date.ts';
import { DTYPES, NdArray, type DType, type TypedArray } from '../../src/codec/array.ts';

/** Reads fixtures/conformance.json; what its parts mean is told by its `comment`. */
export type Bytes = string | readonly (string | { readonly repeat: string; readonly times: number })[];
interface Repeated<T> {
  readonly repeat: T;
  readonly times: number;
}
export type Value =
  | { readonly nil: true }
  | { readonly bool: boolean }
  | { readonly int: string }
  | { readonly float: string }
  | { readonly text: string | Repeated<string> }
  | { readonly bin: string | Repeated<string> }
  | { readonly list: readonly Value[] | Repeated<Value> }
  | { readonly map: readonly (readonly [string, Value])[] }
  | { readonly timestamp: { readonly seconds: string; readonly nanoseconds: number } }
  | {
      readonly array: {
        readonly dtype: DType;
        readonly shape: readonly number[];
        readonly values: readonly string[] | Repeated<string>;
      };
    }
  | { readonly nested: { readonly in: 'list' | 'map'; readonly levels: number } };
type Encodes = 'both' | 'typescript' | 'python' | 'none';

export interface Conformance {
  readonly values: readonly {
    readonly name: string;
    readonly bytes: Bytes;
    readonly value: Value;
    readonly encode?: Encodes;
  }[];
  readonly decode_refused: readonly {
    readonly name: string;
    readonly bytes: Bytes;
    readonly reason: string;
    readonly path?: string;
  }[];
  readonly encode_refused: readonly {
    readonly name: string;
    readonly construct: string;
    readonly reason: string;
    readonly path: string;
    readonly languages?: readonly string[];
  }[];
  readonly bodies: readonly {
    readonly name: string;
    readonly threshold: number;
    readonly value: Value;
    readonly bytes: Bytes;
    readonly bodies: readonly Bytes[];
    readonly encode?: Encodes;
  }[];
}

export const conformance = JSON.parse(
  readFileSync(new URL('../../fixtures/conformance.json', import.meta.url), 'utf8'),
) as Conformance;

export function isEncodedHere(encode: Encodes = 'both'): boolean {
  return encode === 'both' || encode === 'typescript';
}

export function bytesOf(bytes: Bytes): Buffer {
  const parts = typeof bytes === 'string' ? [bytes] : bytes;
  return Buffer.concat(
    parts.map((part) => Buffer.from(typeof part === 'string' ? part : part.repeat.repeat(part.times), 'hex')),
  );
}

export function valueOf(value: Value): unknown {
  if ('nil' in value) return null;
  if ('bool' in value) return value.bool;
  if ('int' in value) return Number.isSafeInteger(Number(value.int)) ? Number(value.int) : BigInt(value.int);
  if ('float' in value) return floatOf(value.float);
  if ('text' in value) return repeated(value.text);
  if ('bin' in value) return new Uint8Array(Buffer.from(repeated(value.bin), 'hex'));
  if ('list' in value) return listOf(value.list).map(valueOf);
  if ('map' in value) return mapOf(value.map.map(([key, inner]) => [key, valueOf(inner)]));
  if ('timestamp' in value) {
    const { seconds, nanoseconds } = value.timestamp;
    const milliseconds = Number(seconds) * 1000 + Math.floor(nanoseconds / 1_000_000);
    const beyond = nanoseconds % 1_000_000;
    return beyond === 0 ? new Date(milliseconds) : new PreciseDate(milliseconds, beyond);
  }
  if ('array' in value) return arrayOf(value.array.dtype, value.array.shape, listOf(value.array.values));
  let inner: unknown = value.nested.in === 'list' ? [] : {};
  for (let level = 1; level < value.nested.levels; level++) inner = value.nested.in === 'list' ? [inner] : { a: inner };
  return inner;
}

function repeated(text: string | Repeated<string>): string {
  return typeof text === 'string' ? text : text.repeat.repeat(text.times);
}

function listOf<T>(list: readonly T[] | Repeated<T>): readonly T[] {
  return 'repeat' in list ? new Array<T>(list.times).fill(list.repeat) : list;
}

function floatOf(text: string): number {
  return { nan: NaN, inf: Infinity, '-inf': -Infinity }[text] ?? Number(text);
}

/** Not Object.fromEntries: an own `__proto__` has to be one. */
function mapOf(entries: readonly (readonly [string, unknown])[]): Record<string, unknown> {
  const map = {};
  for (const [key, value] of entries) {
    Object.defineProperty(map, key, { value, configurable: true, enumerable: true, writable: true });
  }
  return map;
}

function arrayOf(dtype: DType, shape: readonly number[], values: readonly string[]): unknown {
  const data = typedArrayOf(dtype, values);
  return shape.length === 1 && dtype !== 'bool' && dtype !== 'float16' ? data : new NdArray(data, shape, dtype);
}

function typedArrayOf(dtype: DType, values: readonly string[]): TypedArray {
  const numbers = values.map(floatOf);
  switch (dtype) {
    case 'int8':
      return new Int8Array(numbers);
    case 'bool':
    case 'uint8':
      return new Uint8Array(numbers);
    case 'int16':
      return new Int16Array(numbers);
    case 'uint16':
      return new Uint16Array(numbers);
    case 'float16':
      return new Uint16Array(numbers.map((number) => HALF_BITS[number]!));
    case 'int32':
      return new Int32Array(numbers);
    case 'uint32':
      return new Uint32Array(numbers);
    case 'int64':
      return new BigInt64Array(values.map(BigInt));
    case 'uint64':
      return new BigUint64Array(values.map(BigInt));
    case 'float32':
      return new Float32Array(numbers);
    case 'float64':
      return new Float64Array(numbers);
    default:
      throw new Error(`not one of ${DTYPES.join()}: ${String(dtype satisfies never)}`);
  }
}

/** The few halves that the corpus holds: this Node has no Float16Array. */
const HALF_BITS: Readonly<Record<number, number>> = { 1.5: 0x3e00, [-2]: 0xc000 };
