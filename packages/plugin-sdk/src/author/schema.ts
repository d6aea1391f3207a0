/**
 * A schema of any library that follows Standard Schema, version 1 (https://standardschema.dev): zod, valibot, arktype and others.
 * This is the part of it that the SDK uses.
 */
export interface Schema<Input = unknown, Output = Input> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>;
    /** Never there at run time. */
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
    /** Of libraries that follow Standard JSON Schema as well. */
    readonly jsonSchema?: SchemaPrinter | undefined;
  };
}

/** What a schema makes of a value: the value as its code gets it, or what is wrong with it. */
export type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] };

export interface SchemaIssue {
  readonly message: string;
  /** Outermost first. */
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** Writes a schema as JSON Schema: of what it takes, and of what comes out of it. Throws where that can't be said. */
export interface SchemaPrinter {
  input(options: { readonly target: string }): Record<string, unknown>;
  output(options: { readonly target: string }): Record<string, unknown>;
}

export type JsonSchema = Readonly<Record<string, unknown>>;

/** What a schema takes. */
export type InputOf<Of extends Schema> = NonNullable<Of['~standard']['types']>['input'];
/** What comes out of it. */
export type OutputOf<Of extends Schema> = NonNullable<Of['~standard']['types']>['output'];

const TARGET = 'draft-2020-12';

export function isSchema(value: unknown): value is Schema {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false;
  const standard: unknown = (value as Partial<Schema>)['~standard'];
  return typeof standard === 'object' && standard !== null && 'validate' in standard;
}

/** Undefined where its library offers none, or has no words for it. */
export function printedSchema(schema: Schema | undefined, side: 'input' | 'output'): JsonSchema | undefined {
  try {
    return schema?.['~standard'].jsonSchema?.[side]({ target: TARGET });
  } catch {
    return undefined;
  }
}
