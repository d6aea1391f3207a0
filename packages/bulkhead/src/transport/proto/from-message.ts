import { isRecord } from '../../lifecycle/is-record.ts';
import { fromKey, fromScalar } from './scalars.ts';
import type { FieldShape, MessageShape, TypeShape } from './shapes.ts';
import { wellKnown } from './well-known.ts';

/** The value of a message that protobufjs has read. A field that can tell is missing where it was not set; any other has its default. */
export function fromMessage(message: unknown, shape: MessageShape): unknown {
  const given = isRecord(message) ? message : {};
  const known = wellKnown(shape.name);
  if (known !== undefined) return known.from(given);
  const fields = [...shape.fields.values()].filter(({ name, hasPresence }) => !hasPresence || isSet(given[name]));
  return Object.fromEntries(fields.map((field) => [field.name, fromField(given[field.name], field)]));
}

/** protobufjs may have null where there is nothing. */
function isSet(value: unknown): boolean {
  return value !== undefined && value !== null;
}

function fromField(value: unknown, { type, holds, key }: FieldShape): unknown {
  if (holds === 'one') return fromOne(value, type);
  if (holds === 'list') return ((value ?? []) as readonly unknown[]).map((each) => fromOne(each, type));
  const entries = Object.entries((value ?? {}) as Readonly<Record<string, unknown>>);
  return Object.fromEntries(entries.map(([name, each]) => [fromKey(name, key), fromOne(each, type)]));
}

function fromOne(value: unknown, type: TypeShape): unknown {
  switch (type.kind) {
    case 'scalar':
      return fromScalar(value, type.name);
    case 'enum':
      return value ?? type.shape.first;
    case 'message':
      return fromMessage(value, type.shape);
  }
}
