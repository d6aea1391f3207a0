import { isSchema, type JsonSchema, type Schema } from './schema.ts';

/** `minimal`: as little as the schema allows; `typical`: with all that it names. */
export type Extent = 'minimal' | 'typical';

/** Of a schema that refers to itself. */
const DEEPEST = 12;
const NOTHING = Symbol('no value is known that fits');

type Found = unknown;

/** Values of the formats of JSON Schema, and of those by which Bulkhead marks what JSON has no type for. */
const OF_FORMAT: Readonly<Record<string, () => unknown>> = {
  date: () => '2024-02-29',
  'date-time': () => '2024-02-29T12:30:00Z',
  time: () => '12:30:00',
  duration: () => 'PT90S',
  email: () => 'ada@example.com',
  hostname: () => 'example.com',
  ipv4: () => '192.0.2.1',
  ipv6: () => '2001:db8::1',
  uri: () => 'https://example.com/',
  uuid: () => '123e4567-e89b-42d3-a456-426614174000',
  binary: () => new Uint8Array([0, 1, 127, 128, 255]),
  bytes: () => new Uint8Array([0, 1, 127, 128, 255]),
  'typed-array': () => new Float64Array([0.5, 1, 2]),
  stream: () => [],
};

/** A value that fits the schema, the same each time; undefined if none is known. @throws Error if the schema can't be read */
export function valueOf(schema: Schema, extent: Extent): { readonly value: unknown } | undefined {
  const value = valueFor(schema.written, { schema, extent }, 0);
  return value !== NOTHING && schema.fits(value) ? { value } : undefined;
}

interface Making {
  readonly schema: Schema;
  readonly extent: Extent;
}

function valueFor(written: JsonSchema, making: Making, depth: number): Found {
  if (depth > DEEPEST) return NOTHING;
  const part = merged(making.schema.resolve(written), making);
  const { extent } = making;
  const [known] = [part['examples'], part['enum']].flatMap((each) => (Array.isArray(each) ? each : []));
  if ('const' in part) return part['const'];
  if ('default' in part && extent === 'minimal') return part['default'];
  if (known !== undefined) return known;
  for (const choices of [part['anyOf'], part['oneOf']])
    if (Array.isArray(choices)) return ofChoices(choices.filter(isSchema), part, making, depth);
  return ofType(part, making, depth);
}

/** `allOf`, laid one over the other. */
function merged(part: JsonSchema, { schema }: Making): JsonSchema {
  const { allOf, ...rest } = part;
  if (!Array.isArray(allOf)) return part;
  return allOf.filter(isSchema).reduce<JsonSchema>((all, each) => ({ ...all, ...schema.resolve(each) }), rest);
}

/** The first that can be made; nothing is the last choice, so that the plugin gets something to do. */
function ofChoices(choices: readonly JsonSchema[], part: JsonSchema, making: Making, depth: number): Found {
  const { anyOf: _, oneOf: __, ...rest } = part;
  const isNull = (choice: JsonSchema): boolean => choice['type'] === 'null';
  for (const choice of [...choices.filter((each) => !isNull(each)), ...choices.filter(isNull)]) {
    const value = valueFor({ ...rest, ...choice }, making, depth + 1);
    if (value !== NOTHING) return value;
  }
  return NOTHING;
}

function ofType(part: JsonSchema, making: Making, depth: number): Found {
  const types = [part['type']].flat();
  const format = typeof part['format'] === 'string' ? OF_FORMAT[part['format']] : undefined;
  const type =
    types.find((each) => each !== 'null') ?? types[0] ?? (isSchema(part['properties']) ? 'object' : undefined);
  switch (type) {
    case 'object':
      return objectOf(part, making, depth);
    case 'array':
      return arrayOf(part, making, depth);
    case 'string':
      return format?.() ?? textOf(part);
    case 'integer':
    case 'number':
      return numberOf(part);
    case 'boolean':
      return true;
    case 'null':
      return null;
    default:
      return format?.() ?? 'anything';
  }
}

function objectOf(part: JsonSchema, making: Making, depth: number): Found {
  const properties = isSchema(part['properties']) ? part['properties'] : {};
  const required = Array.isArray(part['required']) ? part['required'].map(String) : [];
  const names = making.extent === 'minimal' ? required : [...new Set([...required, ...Object.keys(properties)])];
  const made: Record<string, unknown> = {};
  for (const name of names) {
    const property = properties[name] ?? {};
    const value = isSchema(property) ? valueFor(property, making, depth + 1) : 'anything';
    if (value !== NOTHING) made[name] = value;
    else if (required.includes(name)) return NOTHING;
  }
  return made;
}

function arrayOf(part: JsonSchema, making: Making, depth: number): Found {
  const first = Array.isArray(part['prefixItems']) ? part['prefixItems'].filter(isSchema) : [];
  const least = numberAt(part, 'minItems') ?? 0;
  const count = making.extent === 'minimal' ? least : Math.max(least, Math.min(2, numberAt(part, 'maxItems') ?? 2));
  const items = isSchema(part['items']) ? part['items'] : {};
  const rest = first.length > 0 ? 0 : count;
  const made = [...first, ...Array.from({ length: rest }, () => items)].map((each) =>
    valueFor(each, making, depth + 1),
  );
  if (!made.includes(NOTHING)) return made;
  return least === 0 && first.length === 0 ? [] : NOTHING;
}

function textOf(part: JsonSchema): string {
  const least = numberAt(part, 'minLength') ?? 0;
  const most = numberAt(part, 'maxLength') ?? Infinity;
  return 'Ada'.padEnd(least, '.').slice(0, most);
}

function numberOf(part: JsonSchema): number {
  const step = numberAt(part, 'multipleOf') ?? 1;
  const above = numberAt(part, 'exclusiveMinimum');
  const least = numberAt(part, 'minimum') ?? (above === undefined ? undefined : above + step);
  const below = numberAt(part, 'exclusiveMaximum');
  const most = numberAt(part, 'maximum') ?? (below === undefined ? undefined : below - step);
  const wanted = Math.min(Math.max(1, least ?? -Infinity), most ?? Infinity);
  const even = Math.ceil(wanted / step) * step;
  // Between two numbers that are less than a step apart.
  return above !== undefined && below !== undefined && (even <= above || even >= below) ? (above + below) / 2 : even;
}

function numberAt(part: JsonSchema, key: string): number | undefined {
  const value = part[key];
  return typeof value === 'number' ? value : undefined;
}
