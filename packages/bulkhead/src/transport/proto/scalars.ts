import { Buffer } from 'node:buffer';
import { types } from 'node:util';
import { refusedValue } from '../plain-values.ts';
import type { ScalarName } from './shapes.ts';

type Path = readonly (string | number)[];

const INTEGERS: Readonly<Partial<Record<ScalarName, readonly [bigint, bigint]>>> = {
  int32: [-(2n ** 31n), 2n ** 31n - 1n],
  sint32: [-(2n ** 31n), 2n ** 31n - 1n],
  sfixed32: [-(2n ** 31n), 2n ** 31n - 1n],
  uint32: [0n, 2n ** 32n - 1n],
  fixed32: [0n, 2n ** 32n - 1n],
  int64: [-(2n ** 63n), 2n ** 63n - 1n],
  sint64: [-(2n ** 63n), 2n ** 63n - 1n],
  sfixed64: [-(2n ** 63n), 2n ** 63n - 1n],
  uint64: [0n, 2n ** 64n - 1n],
  fixed64: [0n, 2n ** 64n - 1n],
};
const LARGEST_INTEGER = 2n ** 53n;

/** What protobufjs takes for it. Refuses what it would change without a word. @throws CodecError */
export function toScalar(value: unknown, name: ScalarName, path: Path): unknown {
  const range = INTEGERS[name];
  if (range !== undefined) return toInteger(value, name, range, path);
  if (name === 'string') {
    if (typeof value !== 'string') throw unfit(path, 'text', value);
    if (/\p{Surrogate}/u.test(value)) throw refusedValue(path, 'invalid_text', 'it holds half of a character');
    return value;
  }
  if (name === 'bytes') {
    if (types.isUint8Array(value)) return value;
    throw unfit(path, 'bytes (a Buffer or an Uint8Array)', value);
  }
  if (name === 'bool') {
    if (typeof value === 'boolean') return value;
    throw unfit(path, 'true or false', value);
  }
  if (typeof value !== 'number') throw unfit(path, 'a number', value);
  if (name === 'float' && Number.isFinite(value) && !Number.isFinite(Math.fround(value)))
    throw refusedValue(path, 'integer_range', `${value} is too large for a float`);
  return value;
}

function toInteger(value: unknown, name: string, [least, most]: readonly [bigint, bigint], path: Path): unknown {
  if (typeof value !== 'bigint' && !(typeof value === 'number' && Number.isInteger(value)))
    throw unfit(path, 'a whole number', value);
  if (typeof value === 'number' && !Number.isSafeInteger(value))
    throw refusedValue(path, 'integer_range', `${value} is beyond what a number holds exactly; give it as a bigint`);
  const exact = BigInt(value);
  if (exact < least || exact > most) throw refusedValue(path, 'integer_range', `${value} is no ${name}`);
  return name.endsWith('64') ? exact.toString() : Number(exact);
}

export function unfit(path: Path, expected: string, value: unknown): Error {
  return refusedValue(path, 'unsupported_type', `it should be ${expected}, not ${kindOf(value)}`);
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

/** An integer of 64 bits, as protobufjs has it. */
export interface Long {
  readonly low: number;
  readonly high: number;
  readonly unsigned: boolean;
}

/** The value of a field that was not set; undefined is that. */
export function fromScalar(value: unknown, name: ScalarName): unknown {
  if (value === undefined) return zeroOf(name);
  if (typeof value !== 'object' || value === null || types.isUint8Array(value)) return value;
  const { low, high, unsigned } = value as Long;
  return asNumber((BigInt(unsigned ? high >>> 0 : high) << 32n) | BigInt(low >>> 0));
}

/** The key of a map, which protobufjs writes as eight characters where it has 64 bits. */
export function fromKey(key: string, name: ScalarName): string {
  if (!name.endsWith('64')) return key;
  const bytes = Buffer.from(key, 'latin1');
  const isUnsigned = name === 'uint64' || name === 'fixed64';
  return (isUnsigned ? bytes.readBigUInt64LE() : bytes.readBigInt64LE()).toString();
}

function zeroOf(name: ScalarName): unknown {
  if (name === 'string') return '';
  if (name === 'bytes') return Buffer.alloc(0);
  return name === 'bool' ? false : 0;
}

/** As the codec of the protocol has integers. */
function asNumber(exact: bigint): number | bigint {
  return exact < LARGEST_INTEGER && exact > -LARGEST_INTEGER ? Number(exact) : exact;
}
