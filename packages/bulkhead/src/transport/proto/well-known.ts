import { types } from 'node:util';
import { PreciseDate } from '@bulkhead/protocol';
import { fromStruct, fromValue, type JsonStruct, type JsonValue, toValue } from '../typed/data.ts';
import { fromScalar, unfit } from './scalars.ts';

type Path = readonly (string | number)[];

/** A message that stands for another kind of value. */
interface WellKnown {
  /** @throws CodecError */
  to(value: unknown, path: Path): unknown;
  from(message: object): unknown;
  readonly schema: Readonly<Record<string, unknown>>;
}

const NANOSECONDS_A_MILLISECOND = 1_000_000;

const WELL_KNOWN: Readonly<Record<string, WellKnown>> = {
  'google.protobuf.Value': {
    to: toValue,
    from: (message) => fromValue(message as JsonValue),
    schema: {},
  },
  'google.protobuf.Struct': {
    to: (value, path) => {
      const written = toValue(value, path);
      if ('structValue' in written) return written.structValue;
      throw unfit(path, 'a mapping', value);
    },
    from: (message) => fromStruct(message as JsonStruct),
    schema: { type: 'object' },
  },
  'google.protobuf.ListValue': {
    to: (value, path) => {
      const written = toValue(value, path);
      if ('listValue' in written) return written.listValue;
      throw unfit(path, 'a list', value);
    },
    from: (message) => fromValue({ listValue: message as { values?: JsonValue[] } }),
    schema: { type: 'array' },
  },
  'google.protobuf.Timestamp': {
    to: toTimestamp,
    from: fromTimestamp,
    schema: { type: 'string', format: 'date-time' },
  },
};

export function wellKnown(name: string): WellKnown | undefined {
  return Object.hasOwn(WELL_KNOWN, name) ? WELL_KNOWN[name] : undefined;
}

function toTimestamp(value: unknown, path: Path): unknown {
  const date = typeof value === 'string' && !/\.\d{4}/.test(value) ? new Date(value) : value;
  if (!types.isDate(date) || Number.isNaN(date.getTime()))
    throw unfit(path, 'a Date, or a text such as 2026-01-31T09:30:00Z', value);
  const milliseconds = date.getTime();
  const seconds = Math.floor(milliseconds / 1000);
  const beyond = date instanceof PreciseDate ? date.nanoseconds : 0;
  return { seconds, nanos: (milliseconds - seconds * 1000) * NANOSECONDS_A_MILLISECOND + beyond };
}

/** One that no Date can hold stays as it was sent. */
function fromTimestamp(message: object): unknown {
  const { seconds, nanos = 0 } = message as { seconds?: unknown; nanos?: number };
  const whole = fromScalar(seconds, 'int64');
  const beyond = nanos % NANOSECONDS_A_MILLISECOND;
  const date = new Date(Number(whole) * 1000 + (nanos - beyond) / NANOSECONDS_A_MILLISECOND);
  if (Number.isNaN(date.getTime()) || nanos < 0) return { seconds: whole, nanos };
  return beyond === 0 ? date : new PreciseDate(date.getTime(), beyond);
}
