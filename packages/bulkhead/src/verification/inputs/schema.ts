import { Validator } from '@cfworker/json-schema';
import { messageOf } from '../../lifecycle/message-of.ts';

export type JsonSchema = Readonly<Record<string, unknown>>;

/** JSON Schema (draft 2020-12) as a plugin gives it. It is interpreted, never made into code: it comes from a stranger. */
export class Schema {
  readonly written: JsonSchema;
  readonly #validator: Validator;

  /** @throws Error if it is none */
  constructor(written: JsonSchema) {
    this.written = written;
    this.#validator = new Validator(written, '2020-12');
  }

  /** Why a value does not fit, such as `at /name: …`; undefined if it does. @throws Error if the schema can't be read */
  misfit(value: unknown): string | undefined {
    const { valid, errors } = this.#validator.validate(asJsonShows(value));
    if (valid) return undefined;
    // The innermost says most.
    const { instanceLocation, error } = errors.at(-1) ?? { instanceLocation: '#', error: 'it does not fit' };
    return `at ${instanceLocation.replace(/^#/, '') || 'the whole'}: ${error}`;
  }

  fits(value: unknown): boolean {
    return this.misfit(value) === undefined;
  }

  /** What a reference within it stands for. */
  resolve(part: JsonSchema): JsonSchema {
    const reference = part['$ref'];
    if (typeof reference !== 'string') return part;
    const names = reference.startsWith('#/') ? reference.slice(2).split('/') : [];
    let target: unknown = this.written;
    for (const name of names) {
      const key = decodeURIComponent(name).replaceAll('~1', '/').replaceAll('~0', '~');
      target = typeof target === 'object' && target !== null ? (target as JsonSchema)[key] : undefined;
    }
    const { $ref: _, ...rest } = part;
    return isSchema(target) && names.length > 0 ? { ...target, ...rest } : rest;
  }
}

/** @returns why it can't be read; undefined if it can, as far as this value shows */
export function brokenness(schema: JsonSchema, value: unknown): string | undefined {
  try {
    new Schema(schema).misfit(value);
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

export function isSchema(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Schemas describe values as JSON would show them: an instant is text; bytes and arrays of numbers have no type. */
function asJsonShows(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map(asJsonShows);
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, asJsonShows(each)]));
}
