/** What is read of `google.protobuf.FileDescriptorProto`, which describes a .proto file. Fields that are not set are missing. */
export interface FileDescriptor {
  readonly package?: string;
  readonly messageType?: readonly MessageDescriptor[];
  readonly enumType?: readonly EnumDescriptor[];
  readonly service?: readonly ServiceDescriptor[];
}

export interface ServiceDescriptor {
  readonly name: string;
  readonly method?: readonly MethodDescriptor[];
}

export interface MethodDescriptor {
  readonly name: string;
  /** Full names, with a dot in front. */
  readonly inputType: string;
  readonly outputType: string;
  readonly clientStreaming?: boolean;
  readonly serverStreaming?: boolean;
}

export interface MessageDescriptor {
  readonly name: string;
  readonly field?: readonly FieldDescriptor[];
  readonly nestedType?: readonly MessageDescriptor[];
  readonly enumType?: readonly EnumDescriptor[];
  readonly oneofDecl?: readonly { readonly name: string }[];
  readonly options?: { readonly mapEntry?: boolean } | null;
}

export interface EnumDescriptor {
  readonly name: string;
  readonly value?: readonly { readonly name: string; readonly number?: number }[];
}

export interface FieldDescriptor {
  readonly name: string;
  readonly label?: string;
  /** Such as `TYPE_INT32`. */
  readonly type: string;
  /** Of a message or an enum: its name as seen from where the field stands. */
  readonly typeName?: string;
  readonly oneofIndex?: number;
}

export interface Described {
  /** Full name. */
  readonly name: string;
  readonly message?: MessageDescriptor;
  readonly enum?: EnumDescriptor;
}

/** The messages and enums of some files, by full name. */
export class DescriptorIndex {
  readonly #all = new Map<string, Described>();

  constructor(files: readonly FileDescriptor[]) {
    for (const file of files) this.#add(file.package ?? '', file.messageType ?? [], file.enumType ?? []);
  }

  /** @param scope the full name of what the reference stands in */
  find(reference: string, scope = ''): Described {
    for (let within = reference.startsWith('.') ? '' : scope; ; within = within.replace(/\.?[^.]*$/, '')) {
      const found = this.#all.get(joined(within, reference.replace(/^\./, '')));
      if (found !== undefined) return found;
      if (within === '') throw new Error(`there is no ${reference}`);
    }
  }

  #add(scope: string, messages: readonly MessageDescriptor[], enums: readonly EnumDescriptor[]): void {
    for (const each of enums) this.#set(joined(scope, each.name), { enum: each });
    for (const message of messages) {
      // Entries of maps belong to their field, and may be called as another message.
      if (message.options?.mapEntry === true) continue;
      const name = joined(scope, message.name);
      this.#set(name, { message });
      this.#add(name, message.nestedType ?? [], message.enumType ?? []);
    }
  }

  #set(name: string, described: Omit<Described, 'name'>): void {
    this.#all.set(name, { name, ...described });
  }
}

function joined(scope: string, name: string): string {
  return scope === '' ? name : `${scope}.${name}`;
}
