import { Buffer } from 'node:buffer';
import { types } from 'node:util';
import { CodecError, type CodecReason, decode, encode, formatPath } from '@bulkhead/protocol';

/** What a service without an SDK reads and answers. */
export interface ServiceCodec {
  /** As its messages call it. */
  readonly name: string;
  /** @throws CodecError whose path begins at the input, `$[3]` of a CALL */
  encode(action: string, input: unknown): Uint8Array;
  /** @throws Error */
  decode(answer: Uint8Array): unknown;
}

/** The action that is called where the caller names none; its name is not sent. */
export const SERVICE_ACTION = 'execute';
/** The place of the input in a CALL, innermost first. */
const INPUT = [3];
const DEEPEST = 256;

const json: ServiceCodec = {
  name: 'JSON',
  encode: (action, input) => Buffer.from(JSON.stringify(request(action, asJson(input, INPUT)))),
  decode: (answer) => JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(answer)) as unknown,
};

const msgpack: ServiceCodec = {
  name: 'MessagePack',
  encode(action, input) {
    try {
      return encode(request(action, input));
    } catch (error) {
      if (!(error instanceof CodecError)) throw error;
      const path = error.path.replace(/^\$\.data/, '$[3]');
      throw new CodecError(error.reason, path, error.message, error.detail, error.cause);
    }
  },
  decode,
};

export const serviceCodecs: { readonly json: ServiceCodec; readonly msgpack: ServiceCodec } = { json, msgpack };

function request(action: string, data: unknown): Readonly<Record<string, unknown>> {
  return action === SERVICE_ACTION ? { data } : { action, data };
}

/** Refuses what JSON would lose or change without a word. @param path innermost first */
function asJson(value: unknown, path: readonly (string | number)[]): unknown {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'number':
      if (!Number.isFinite(value)) throw refused(path, 'unsupported_type', `JSON has no ${value}`);
      return value;
    case 'undefined':
      return null;
    case 'object':
      return value === null ? null : objectAsJson(value, path);
    default:
      throw refused(path, 'unsupported_type', `JSON has no ${typeof value}`);
  }
}

function objectAsJson(value: object, path: readonly (string | number)[]): unknown {
  if (path.length > DEEPEST) throw refused(path, 'too_deep', `it is nested more than ${DEEPEST} deep`);
  if (Array.isArray(value)) return value.map((item, index) => asJson(item, [index, ...path]));
  if (types.isDate(value) && !Number.isNaN(value.getTime())) return value.toISOString();
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null)
    throw refused(path, 'unsupported_type', `JSON has nothing for ${value.constructor.name}; codec: msgpack may`);
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  return Object.fromEntries(entries.map(([key, item]) => [key, asJson(item, [key, ...path])]));
}

function refused(path: readonly (string | number)[], reason: CodecReason, detail: string): CodecError {
  const shown = formatPath(path);
  return new CodecError(reason, shown, `cannot encode ${shown}: ${detail}`, detail);
}
