import type { FieldShape, MessageShape, ScalarName, TypeShape } from './shapes.ts';
import { wellKnown } from './well-known.ts';

type Schema = Readonly<Record<string, unknown>>;

const SCALARS: Readonly<Partial<Record<ScalarName, Schema>>> = {
  string: { type: 'string' },
  bytes: { format: 'bytes' },
  bool: { type: 'boolean' },
  double: { type: 'number' },
  float: { type: 'number' },
};

/** The JSON Schema of a message, with what it holds under `$defs`. */
export function schemaOf(shape: MessageShape): Record<string, unknown> {
  const definitions = new Map<string, Schema>();
  const schema = messageSchema(shape, definitions);
  return definitions.size === 0 ? { ...schema } : { ...schema, $defs: Object.fromEntries(definitions) };
}

function messageSchema(shape: MessageShape, definitions: Map<string, Schema>): Schema {
  const known = wellKnown(shape.name);
  if (known !== undefined) return known.schema;
  const properties = [...shape.fields.values()].map((field) => [field.name, fieldSchema(field, definitions)]);
  return { type: 'object', properties: Object.fromEntries(properties), additionalProperties: false };
}

function fieldSchema({ type, holds }: FieldShape, definitions: Map<string, Schema>): Schema {
  const one = typeSchema(type, definitions);
  if (holds === 'one') return one;
  return holds === 'list' ? { type: 'array', items: one } : { type: 'object', additionalProperties: one };
}

function typeSchema(type: TypeShape, definitions: Map<string, Schema>): Schema {
  switch (type.kind) {
    case 'scalar':
      return SCALARS[type.name] ?? { type: 'integer' };
    case 'enum':
      return { enum: [...type.shape.numbers.keys()] };
    case 'message':
      return referenceTo(type.shape, definitions);
  }
}

function referenceTo(shape: MessageShape, definitions: Map<string, Schema>): Schema {
  const known = wellKnown(shape.name);
  if (known !== undefined) return known.schema;
  if (!definitions.has(shape.name)) {
    definitions.set(shape.name, {}); // it may hold itself
    definitions.set(shape.name, messageSchema(shape, definitions));
  }
  return { $ref: `#/$defs/${shape.name}` };
}
