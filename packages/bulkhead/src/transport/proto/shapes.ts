import { DescriptorIndex, type FieldDescriptor, type FileDescriptor, type MessageDescriptor } from './descriptors.ts';

export type ScalarName =
  | 'double'
  | 'float'
  | 'int32'
  | 'sint32'
  | 'sfixed32'
  | 'uint32'
  | 'fixed32'
  | 'int64'
  | 'sint64'
  | 'sfixed64'
  | 'uint64'
  | 'fixed64'
  | 'bool'
  | 'string'
  | 'bytes';

export type TypeShape =
  | { readonly kind: 'scalar'; readonly name: ScalarName }
  | { readonly kind: 'enum'; readonly shape: EnumShape }
  | { readonly kind: 'message'; readonly shape: MessageShape };

export interface EnumShape {
  /** Full. */
  readonly name: string;
  readonly numbers: ReadonlyMap<string, number>;
  /** The value of a field that is not set. */
  readonly first: string | number;
}

export interface FieldShape {
  readonly name: string;
  readonly type: TypeShape;
  readonly holds: 'one' | 'list' | 'map';
  /** Of a map. */
  readonly key: ScalarName;
  /** Whether one that was not set differs from one with the value of a field that was not set. */
  readonly hasPresence: boolean;
  /** Of several fields of which one may be set. */
  readonly oneof: string | undefined;
}

export interface MessageShape {
  /** Full. */
  readonly name: string;
  readonly fields: ReadonlyMap<string, FieldShape>;
}

/** What the messages of some .proto files hold. Each shape is made once: messages may hold themselves. */
export class Shapes {
  readonly #index: DescriptorIndex;
  readonly #messages = new Map<string, MessageShape>();
  readonly #enums = new Map<string, EnumShape>();

  constructor(files: readonly FileDescriptor[]) {
    this.#index = new DescriptorIndex(files);
  }

  message(reference: string, scope = ''): MessageShape {
    const { name, message } = this.#index.find(reference, scope);
    if (message === undefined) throw new Error(`${name} is no message`);
    const known = this.#messages.get(name);
    if (known !== undefined) return known;
    const fields = new Map<string, FieldShape>();
    const shape = { name, fields };
    this.#messages.set(name, shape);
    for (const field of message.field ?? []) fields.set(field.name, this.#field(field, message, name));
    return shape;
  }

  #field(field: FieldDescriptor, message: MessageDescriptor, scope: string): FieldShape {
    const { name, label, oneofIndex } = field;
    const oneof = oneofIndex === undefined ? undefined : message.oneofDecl?.[oneofIndex]?.name;
    const [key, value] = entryOf(field, message)?.field ?? [];
    if (key !== undefined && value !== undefined) {
      const type = this.#type(value, scope);
      return { name, type, holds: 'map', key: scalarOf(key), hasPresence: false, oneof };
    }
    const type = this.#type(field, scope);
    const holds = label === 'LABEL_REPEATED' ? 'list' : 'one';
    const hasPresence = holds === 'one' && (type.kind === 'message' || oneof !== undefined);
    return { name, type, holds, key: 'string', hasPresence, oneof };
  }

  #type(field: FieldDescriptor, scope: string): TypeShape {
    const { type, typeName = '' } = field;
    if (type === 'TYPE_MESSAGE' || type === 'TYPE_GROUP')
      return { kind: 'message', shape: this.message(typeName, scope) };
    return type === 'TYPE_ENUM'
      ? { kind: 'enum', shape: this.#enum(typeName, scope) }
      : { kind: 'scalar', name: scalarOf(field) };
  }

  #enum(reference: string, scope: string): EnumShape {
    const { name, enum: described } = this.#index.find(reference, scope);
    const known = this.#enums.get(name);
    if (known !== undefined) return known;
    const numbers = new Map((described?.value ?? []).map((value) => [value.name, value.number ?? 0]));
    const [first = 0] = [...numbers].find(([, number]) => number === 0) ?? [...numbers.keys()];
    const shape = { name, numbers, first };
    this.#enums.set(name, shape);
    return shape;
  }
}

/** A map is written as a list of entries, whose type protobufjs calls as the field with a capital letter. */
function entryOf(
  { name, label, typeName }: FieldDescriptor,
  message: MessageDescriptor,
): MessageDescriptor | undefined {
  if (label !== 'LABEL_REPEATED' || typeName !== name.charAt(0).toUpperCase() + name.slice(1)) return undefined;
  return message.nestedType?.find((each) => each.options?.mapEntry === true && each.name === typeName);
}

function scalarOf({ type }: FieldDescriptor): ScalarName {
  return type.slice('TYPE_'.length).toLowerCase() as ScalarName;
}
