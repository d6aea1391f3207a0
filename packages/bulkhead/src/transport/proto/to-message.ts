import { types } from 'node:util';
import { DEEPEST, isMapping, refusedValue } from '../plain-values.ts';
import { toScalar, unfit } from './scalars.ts';
import type { EnumShape, FieldShape, MessageShape, TypeShape } from './shapes.ts';
import { wellKnown } from './well-known.ts';

type Path = readonly (string | number)[];

/**
 * What protobufjs takes for a message. It would itself leave out what it does not know, and make something of what does not fit.
 *
 * @throws CodecError
 */
export function toMessage(value: unknown, shape: MessageShape, path: Path = []): unknown {
  if (path.length > DEEPEST) throw refusedValue(path, 'too_deep', `it is nested more than ${DEEPEST} deep`);
  const known = wellKnown(shape.name);
  if (known !== undefined) return known.to(value, path);
  if (!isMapping(value)) throw unfit(path, `a mapping, as ${shape.name} is`, value);
  const given = Object.entries(value).filter(([, each]) => each !== undefined && each !== null);
  const fields = given.map(([name]) => shape.fields.get(name) ?? unknownField(name, shape, path));
  requireOneOf(fields, path);
  return Object.fromEntries(
    fields.map((field, index) => [field.name, toField(given[index]?.[1], field, [field.name, ...path])]),
  );
}

function toField(value: unknown, { type, holds, key }: FieldShape, path: Path): unknown {
  switch (holds) {
    case 'one':
      return toOne(value, type, path);
    case 'list':
      if (Array.isArray(value)) return value.map((each, index) => toOne(each, type, [index, ...path]));
      if (types.isTypedArray(value)) return [...value].map((each, index) => toOne(each, type, [index, ...path]));
      throw unfit(path, 'a list', value);
    case 'map':
      if (!isMapping(value)) throw unfit(path, 'a mapping', value);
      return Object.fromEntries(
        Object.entries(value).map(([name, each]) => [toKey(name, key, path), toOne(each, type, [name, ...path])]),
      );
  }
}

function toOne(value: unknown, type: TypeShape, path: Path): unknown {
  switch (type.kind) {
    case 'scalar':
      return toScalar(value, type.name, path);
    case 'enum':
      return toEnum(value, type.shape, path);
    case 'message':
      return toMessage(value, type.shape, path);
  }
}

function toEnum(value: unknown, { name, numbers }: EnumShape, path: Path): unknown {
  if (typeof value === 'number') return toScalar(value, 'int32', path);
  const number = typeof value === 'string' ? numbers.get(value) : undefined;
  if (number === undefined) throw unfit(path, `one of ${name}: ${[...numbers.keys()].join(', ')}`, value);
  return number;
}

/** Keys of objects are text: those of other types are written so. */
function toKey(key: string, name: FieldShape['key'], path: Path): string {
  if (key === '__proto__') throw refusedValue([key, ...path], 'unsupported_type', 'protobufjs has no such key');
  if (name === 'string') return toScalar(key, name, [key, ...path]) as string;
  const isFit = name === 'bool' ? key === 'true' || key === 'false' : /^-?\d+$/.test(key);
  if (!isFit) throw refusedValue([key, ...path], 'unsupported_type', `its key is no ${name}`);
  return name === 'bool' ? key : String(toScalar(BigInt(key), name, [key, ...path]));
}

function unknownField(name: string, shape: MessageShape, path: Path): never {
  const known = [...shape.fields.keys()].join(', ');
  const has = known === '' ? 'no fields' : known;
  throw refusedValue([name, ...path], 'unsupported_type', `${shape.name} has no such field; it has ${has}`);
}

function requireOneOf(fields: readonly FieldShape[], path: Path): void {
  const set = new Map<string, string>();
  for (const { name, oneof } of fields) {
    if (oneof === undefined) continue;
    const other = set.get(oneof);
    if (other !== undefined)
      throw refusedValue(
        [name, ...path],
        'unsupported_type',
        `${other} is set as well, and ${oneof} takes one of them`,
      );
    set.set(oneof, name);
  }
}
