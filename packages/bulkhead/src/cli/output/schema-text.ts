import type { ActionDescription } from '@bulkhead/protocol';
import { isRecord } from '../../lifecycle/is-record.ts';
import { jsonText } from '../../views/json-text.ts';

/** A parameter of an action, for people. */
export interface ShownParameter {
  readonly name: string;
  /** Such as `string or null`. */
  readonly type: string;
  /** `required`, or its default. */
  readonly need: string;
}

type Schema = Readonly<Record<string, unknown>>;

/** The parameters that a JSON Schema of an action's input names, in its order. */
export function parametersOf(input: unknown): readonly ShownParameter[] {
  if (!isRecord(input) || !isRecord(input['properties'])) return [];
  const required = Array.isArray(input['required']) ? input['required'] : [];
  return Object.entries(input['properties']).map(([name, schema]) => ({
    name,
    type: typeText(schema, input),
    need: required.includes(name) ? 'required' : defaultText(schema),
  }));
}

function defaultText(schema: unknown): string {
  return isRecord(schema) && 'default' in schema ? `default ${jsonText(schema['default'], { pretty: false })}` : '';
}

/** What an action answers, such as `stream of integer`; nothing where that is not known. */
export function answerOf({ output, stream = false }: Pick<ActionDescription, 'output' | 'stream'>): string {
  const answer = output === undefined ? '' : typeText(output, output);
  if (!stream) return answer;
  return answer === '' ? 'stream' : `stream of ${answer}`;
}

/** @param root where `$ref` looks for definitions */
function typeText(schema: unknown, root: Schema, depth = 0): string {
  if (!isRecord(schema) || depth > DEEPEST) return 'any';
  const text = (part: unknown): string => typeText(part, root, depth + 1);
  const { type, format, enum: values, const: value, anyOf, items, $ref: reference } = schema;
  if (typeof reference === 'string') return text(definition(reference, root)) || 'any';
  if (Array.isArray(values)) return values.map((each) => jsonText(each, { pretty: false })).join(' or ');
  if (value !== undefined) return jsonText(value, { pretty: false });
  if (Array.isArray(anyOf)) return [...new Set(anyOf.map(text))].join(' or ');
  if (Array.isArray(type)) return type.join(' or ');
  if (format === 'bytes' || format === 'typed-array') return format.replace('-', ' ');
  if (format === 'stream') return items === undefined ? 'stream' : `stream of ${text(items)}`;
  if (type === 'array') return items === undefined ? 'array' : `array of ${text(items)}`;
  if (type === 'object') return typeof schema['title'] === 'string' ? schema['title'] : 'object';
  if (typeof type !== 'string') return 'any';
  return typeof format === 'string' ? `${type} (${format})` : type;
}

/** A schema may refer to itself. */
const DEEPEST = 8;

function definition(reference: string, root: Schema): unknown {
  const [, name] = /^#\/\$defs\/(.+)$/.exec(reference) ?? [];
  const definitions = root['$defs'];
  const found = name !== undefined && isRecord(definitions) ? definitions[name] : undefined;
  return isRecord(found) && found['type'] === 'object' ? { title: name, ...found } : found;
}
