import { Buffer } from 'node:buffer';
import { types } from 'node:util';
import { decode, encode } from '@bulkhead/protocol';
import { DEEPEST, isMapping, refusedValue } from '../plain-values.ts';

/** `google.protobuf.Value`, as the generated code of JavaScript has it. */
export type JsonValue =
  | { readonly nullValue: 'NULL_VALUE' | 0 }
  | { readonly numberValue: number }
  | { readonly stringValue: string }
  | { readonly boolValue: boolean }
  | { readonly structValue: JsonStruct }
  | { readonly listValue: { readonly values?: readonly JsonValue[] } };

export interface JsonStruct {
  readonly fields?: Readonly<Record<string, JsonValue>>;
}

/** `bulkhead.plugin.v1.Data`. */
export interface TypedData {
  readonly value?: JsonValue;
  readonly msgpack?: Uint8Array;
}

/** @throws CodecError what the chosen form has nothing for; its path begins with `root`, innermost first */
export function toData(value: unknown, isMsgpack: boolean, root: readonly (string | number)[] = []): TypedData {
  return isMsgpack ? { msgpack: Buffer.from(encode(value)) } : { value: toValue(value, root) };
}

/**
 * @param maxValues that MessagePack may hold; gRPC itself has decoded the other form already
 * @throws CodecError, Error what is none of both forms
 */
export function fromData(data: TypedData | null | undefined, maxValues: number): unknown {
  if (data?.msgpack !== undefined) return decode(data.msgpack, maxValues);
  return data?.value === undefined ? null : fromValue(data.value);
}

export function fromStruct({ fields = {} }: JsonStruct): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, fromValue(value)]));
}

export function fromValue(value: JsonValue): unknown {
  if ('structValue' in value) return fromStruct(value.structValue);
  if ('listValue' in value) return (value.listValue.values ?? []).map(fromValue);
  if ('stringValue' in value) return value.stringValue;
  if ('numberValue' in value) return value.numberValue;
  return 'boolValue' in value ? value.boolValue : null;
}

/** Refuses what the form would lose or change without a word. @throws CodecError */
export function toValue(value: unknown, path: readonly (string | number)[]): JsonValue {
  switch (typeof value) {
    case 'string':
      return { stringValue: value };
    case 'boolean':
      return { boolValue: value };
    case 'number':
      return { numberValue: value };
    case 'undefined':
      return { nullValue: 'NULL_VALUE' };
    case 'object':
      return value === null ? { nullValue: 'NULL_VALUE' } : fromObject(value, path);
    default:
      throw refusedValue(path, 'unsupported_type', `google.protobuf.Value has no ${typeof value}`);
  }
}

function fromObject(value: object, path: readonly (string | number)[]): JsonValue {
  if (path.length > DEEPEST) throw refusedValue(path, 'too_deep', `it is nested more than ${DEEPEST} deep`);
  if (Array.isArray(value))
    return { listValue: { values: value.map((item, index) => toValue(item, [index, ...path])) } };
  if (types.isDate(value) && !Number.isNaN(value.getTime())) return { stringValue: value.toISOString() };
  if (!isMapping(value))
    throw refusedValue(
      path,
      'unsupported_type',
      `google.protobuf.Value has nothing for ${value.constructor.name}; a plugin that asks for ENCODING_MSGPACK may take it`,
    );
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  return {
    structValue: { fields: Object.fromEntries(entries.map(([key, item]) => [key, toValue(item, [key, ...path])])) },
  };
}
