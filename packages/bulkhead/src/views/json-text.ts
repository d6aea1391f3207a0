import { NdArray } from '@bulkhead/protocol';

/**
 * Writes any answer of a plugin as JSON. For values that JSON lacks: bigint is written as a number with all its
 * digits, bytes as `{"$bytes": "base64"}`, arrays of numpy as nested lists, instants as ISO 8601 text, NaN and infinities as null.
 */
export function jsonText(value: unknown, layout: { readonly pretty: boolean; readonly columns?: number }): string {
  if (!layout.pretty) return compact(value);
  return pretty(value, '', layout.columns ?? 80);
}

function compact(value: unknown): string {
  const parts = partsOf(value);
  if (parts === undefined) return scalar(value);
  const items = parts.items.map(([key, item]) =>
    key === undefined ? compact(item) : `${quoted(key)}:${compact(item)}`,
  );
  return `${parts.open}${items.join(',')}${parts.close}`;
}

/** Keeps on one line what fits there, as a person would write it. */
function pretty(value: unknown, indent: string, columns: number): string {
  const parts = partsOf(value);
  if (parts === undefined) return scalar(value);
  if (parts.items.length === 0) return parts.open + parts.close;
  const inner = `${indent}  `;
  const items = parts.items.map(
    ([key, item]) => (key === undefined ? '' : `${quoted(key)}: `) + pretty(item, inner, columns),
  );
  const length = items.reduce((sum, item) => sum + item.length + 2, indent.length + 4);
  const space = parts.open === '{' ? ' ' : '';
  if (length <= columns && items.every((item) => !item.includes('\n')))
    return `${parts.open}${space}${items.join(', ')}${space}${parts.close}`;
  return `${parts.open}\n${items.map((item) => inner + item).join(',\n')}\n${indent}${parts.close}`;
}

interface Parts {
  readonly open: '[' | '{';
  readonly close: ']' | '}';
  readonly items: readonly (readonly [key: string | undefined, item: unknown])[];
}

function partsOf(value: unknown): Parts | undefined {
  if (typeof value !== 'object' || value === null || value instanceof Date || isSingle(value)) return undefined;
  if (isBytes(value))
    return {
      open: '{',
      close: '}',
      items: [['$bytes', Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64')]],
    };
  const list = listOf(value);
  if (list !== undefined) return { open: '[', close: ']', items: list.map((item) => [undefined, item] as const) };
  // as JSON.stringify: a key without a value is left out
  return { open: '{', close: '}', items: Object.entries(value).filter(([, item]) => item !== undefined) };
}

function listOf(value: object): readonly unknown[] | undefined {
  if (Array.isArray(value)) return value;
  if (value instanceof NdArray) return nested(value);
  return ArrayBuffer.isView(value) ? [...(value as unknown as Iterable<unknown>)] : undefined;
}

/** An array of no dimensions: one element. */
function isSingle(value: object): value is NdArray {
  return value instanceof NdArray && value.shape.length === 0;
}

function isBytes(value: object): value is Uint8Array {
  return value instanceof Uint8Array;
}

/** The outermost dimension as a list, of arrays of one dimension less. */
function nested({ data, shape, dtype }: NdArray): readonly unknown[] {
  const [size = 0, ...rest] = shape;
  if (rest.length === 0) return [...data].map((element) => elementOf(element, dtype));
  const length = rest.reduce((product, each) => product * each, 1);
  return Array.from(
    { length: size },
    (_, index) => new NdArray(data.slice(index * length, (index + 1) * length), rest, dtype),
  );
}

function elementOf(element: number | bigint, dtype: NdArray['dtype']): unknown {
  if (dtype === 'bool') return element !== 0;
  return dtype === 'float16' ? fromFloat16(Number(element)) : element;
}

/** IEEE 754 binary16; a Float16Array is not in Node 20. */
function fromFloat16(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

function scalar(value: unknown): string {
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'object' && value !== null && isSingle(value))
    return scalar(elementOf(value.data[0] ?? 0, value.dtype));
  return typeof value === 'string' ? quoted(value) : (JSON.stringify(value) ?? 'null');
}

/** Also escapes characters that act on a terminal, or reverse the direction of a text. */
function quoted(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g,
    (found) => `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
