import { isRecord } from '../../lifecycle/is-record.ts';
import { documented, keyText, textOf } from './comment.ts';

/** Whether a caller gives the value or gets it: an input may be more than an answer is, such as a text for a Date. */
export type Direction = 'input' | 'output';

/** Where the text of a type stands, and what it may refer to. */
export interface TypeContext {
  readonly direction: Direction;
  /** The whole schema, where `$ref` looks. */
  readonly root: Schema;
  /** The type of a definition of the schema: the name under which it is declared, or the type itself. */
  readonly typeOfDefinition: (name: string, context: TypeContext) => string;
  /** Says that a type of the package is needed. */
  readonly need: (type: PackageType) => void;
}

/** Types that declarations take from the package. */
export type PackageType = 'NdArray' | 'PluginStream' | 'TypedArray';
export type Schema = Readonly<Record<string, unknown>>;

/** Longer types of objects get a line for each key. */
const LONGEST_LINE = 60;
/** Python passes what is hinted so; the text says what JavaScript has in its place. */
const BY_FORMAT: Readonly<Record<string, Readonly<Record<Direction, string>>>> = {
  bytes: { input: 'Uint8Array', output: 'Uint8Array' },
  // one without a time zone is a text, and no schema tells the two apart
  'date-time': { input: 'Date | string', output: 'Date | string' },
  date: { input: 'Date | string', output: 'string' },
};

/** A JSON Schema as a TypeScript type. What it can't express is `unknown`, never a wrong type. */
export function typeOf(schema: unknown, context: TypeContext): string {
  if (schema === false) return 'never';
  if (!isRecord(schema)) return 'unknown';
  const { $ref: reference, enum: values, anyOf, oneOf, allOf, type } = schema;
  if (typeof reference === 'string') return referred(reference, context);
  if ('const' in schema) return literal(schema['const']);
  if (Array.isArray(values)) return union(values.map(literal));
  if (Array.isArray(anyOf)) return union(anyOf.map((each) => typeOf(each, context)));
  if (Array.isArray(oneOf)) return union(oneOf.map((each) => typeOf(each, context)));
  if (Array.isArray(allOf)) return intersection(allOf.map((each) => typeOf(each, context)));
  if (Array.isArray(type)) return union(type.map((each) => typeOf({ ...schema, type: each }, context)));
  return formatted(schema, context) ?? plain(schema, context);
}

/** An array of this type. */
function arrayOf(items: string, direction: Direction): string {
  const element = /^[\w.]+$|^\{[^{}]*\}$/.test(items) ? items : `(${items})`;
  return direction === 'input' ? `readonly ${element}[]` : `${element}[]`;
}

function formatted({ format, items }: Schema, context: TypeContext): string | undefined {
  const { direction, need } = context;
  if (format === 'stream') {
    const item = typeOf(items, context);
    return direction === 'input' ? `AsyncIterable<${item}> | Iterable<${item}>` : arrayOf(item, direction);
  }
  if (format === 'typed-array') {
    need('TypedArray');
    need('NdArray');
    return direction === 'input' ? 'TypedArray | NdArray | readonly unknown[]' : 'TypedArray | NdArray';
  }
  return typeof format === 'string' && Object.hasOwn(BY_FORMAT, format) ? BY_FORMAT[format]?.[direction] : undefined;
}

function plain(schema: Schema, context: TypeContext): string {
  switch (schema['type']) {
    case 'string':
      return 'string';
    case 'integer':
      return context.direction === 'input' ? 'number | bigint' : 'number';
    case 'number':
      return 'number';
    case 'boolean':
    case 'null':
      return schema['type'];
    case 'array':
      return arrayType(schema, context);
    case 'object':
      return objectType(schema, context);
    default:
      return isRecord(schema['properties']) ? objectType(schema, context) : 'unknown';
  }
}

function arrayType({ items, prefixItems, minItems }: Schema, context: TypeContext): string {
  const { direction, need } = context;
  if (Array.isArray(prefixItems)) {
    const needed = typeof minItems === 'number' ? minItems : prefixItems.length;
    const elements = prefixItems.map((each, index) => {
      const element = typeOf(each, context);
      return index < needed ? element : `(${element})?`;
    });
    return `${direction === 'input' ? 'readonly ' : ''}[${elements.join(', ')}]`;
  }
  const array = arrayOf(typeOf(items, context), direction);
  const isOfNumbers = isRecord(items) && (items['type'] === 'integer' || items['type'] === 'number');
  if (direction === 'output' || !isOfNumbers) return array;
  need('TypedArray');
  return `${array} | TypedArray`;
}

function objectType(schema: Schema, context: TypeContext): string {
  const members = membersOf(schema, context);
  if (members.length > 0) return inBraces(members);
  const { additionalProperties: others } = schema;
  if (others === false) return 'Record<string, never>';
  return context.direction === 'input' && !isRecord(others) ? 'object' : `Record<string, ${typeOf(others, context)}>`;
}

/** A line for each property of an object, and for what is said of it. */
export function membersOf({ properties, required }: Schema, context: TypeContext): readonly string[] {
  if (!isRecord(properties)) return [];
  const needed: readonly unknown[] = Array.isArray(required) ? required : [];
  return Object.entries(properties).map(([name, schema]) => {
    const mark = needed.includes(name) ? '' : '?';
    return documented(isRecord(schema) ? schema : {}, `${keyText(name)}${mark}: ${typeOf(schema, context)};`);
  });
}

/** On one line, if they fit there. */
function inBraces(members: readonly string[]): string {
  const line = members.join(' ');
  return line.length <= LONGEST_LINE && !line.includes('\n') ? `{ ${line.replace(/;$/, '')} }` : inLines(members);
}

export function inLines(members: readonly string[]): string {
  return `{\n${members.map((member) => member.replaceAll(/^/gm, '  ')).join('\n')}\n}`;
}

function referred(reference: string, context: TypeContext): string {
  const [, name] = /^#\/\$defs\/(.+)$/.exec(reference) ?? [];
  return name === undefined ? 'unknown' : context.typeOfDefinition(name, context);
}

function literal(value: unknown): string {
  if (value === null || ['string', 'number', 'boolean'].includes(typeof value)) return textOf(value);
  return typeof value === 'bigint' ? `${value}n` : 'unknown';
}

function union(types: readonly string[]): string {
  const parts = new Set(types.flatMap((type) => (/[{[(<]/.test(type) ? [type] : type.split(' | '))));
  if (parts.has('unknown')) return 'unknown';
  return parts.size === 0 ? 'never' : [...parts].join(' | ');
}

function intersection(types: readonly string[]): string {
  const parts = [...new Set(types)].filter((type) => type !== 'unknown');
  if (parts.length === 0) return 'unknown';
  return parts.length === 1
    ? (parts[0] as string)
    : parts.map((type) => (type.includes(' | ') ? `(${type})` : type)).join(' & ');
}
