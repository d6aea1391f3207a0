import { Refusal } from './codec-error.ts';

/** What to send instead, by the name of the class. */
const HINTS: Readonly<Record<string, string>> = {
  Map: 'Object.fromEntries(map) if its keys are strings, else [...map]',
  Set: '[...set]',
  WeakMap: 'a plain object',
  WeakSet: 'an array',
  DataView: 'new Uint8Array(view.buffer, view.byteOffset, view.byteLength)',
  Promise: 'what it resolves to: await it',
  RegExp: 'its source',
  URL: 'its href',
  URLSearchParams: 'Object.fromEntries(parameters)',
  Error: '{ name, message, stack }',
  Number: 'the primitive value',
  String: 'the primitive value',
  Boolean: 'the primitive value',
  Blob: 'await blob.bytes()',
  File: 'await file.bytes()',
};

const OF_A_STREAM = 'its items as an array; a stream can only be the input itself, or stand at a key of it';

/** The refusal for something that has no place on the wire: says what it is and what to send instead. */
export function unsupported(value: unknown): Refusal {
  if (typeof value === 'function')
    return refusal(`a function${value.name === '' ? '' : ` (${value.name})`}`, 'what it returns');
  if (typeof value === 'symbol') return refusal('a symbol', 'its description');
  const name = classNameOf(value as object);
  const isStream = name === 'Generator' || Symbol.asyncIterator in (value as object);
  const known = isStream ? OF_A_STREAM : HINTS[value instanceof Error ? 'Error' : name];
  const hint = known ?? 'a plain object with its fields';
  return refusal(name === '' ? 'an object with a prototype of its own' : `a value of class ${name}`, hint);
}

function refusal(what: string, instead: string): Refusal {
  return new Refusal('unsupported_type', `${what} can't be sent; send ${instead}`);
}

function classNameOf(value: object): string {
  const constructor: unknown = value.constructor;
  if (typeof constructor === 'function') return constructor.name;
  const tag = (value as { readonly [Symbol.toStringTag]?: unknown })[Symbol.toStringTag];
  return typeof tag === 'string' ? tag : '';
}
