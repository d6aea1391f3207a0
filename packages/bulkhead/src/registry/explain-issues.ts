import { z } from 'zod';
import { MOST_MISTAKES } from '../errors/catalogue/words.ts';
import { nearestName } from '../lifecycle/nearest-name.ts';
import { type DocumentText, eachOnce, type FieldPath, type Finding, nameOf, shorten } from './finding.ts';

export type Checked<Value> =
  | { readonly value: Value; readonly findings: readonly [] }
  | { readonly value: undefined; readonly findings: readonly Finding[] };

/** What people probably mean, where the schema alone can't tell. Each answers a clause without a full stop, or undefined. */
export interface Advice {
  /** On a field that there is not. */
  onField(path: FieldPath, name: string): string | undefined;
  /** On a value that does not fit. Never shows it: it may be a secret. */
  onValue(path: FieldPath, found: unknown): string | undefined;
}

const NO_ADVICE: Advice = { onField: () => undefined, onValue: () => undefined };

/** Validates `value`, and says of each mistake what was expected, what was found, and what was probably meant. */
export function check<Value>(
  schema: z.ZodType<Value>,
  value: unknown,
  document: DocumentText,
  advice: Advice = NO_ADVICE,
): Checked<Value> {
  const result = schema.safeParse(value);
  if (result.success) return { value: result.data, findings: [] };
  const subject = { schema, value, document, advice, listed: new Set<string>() };
  return {
    value: undefined,
    findings: eachOnce(result.error.issues.slice(0, MOST_MISTAKES).flatMap((issue) => explain(issue, subject))),
  };
}

interface Subject {
  readonly schema: z.ZodType;
  readonly value: unknown;
  readonly document: DocumentText;
  readonly advice: Advice;
  /** Fields that a message has listed: once is enough for a file. */
  readonly listed: Set<string>;
}

function explain(issue: z.core.$ZodIssue, subject: Subject): Finding[] {
  const path = issue.path.map((part) => (typeof part === 'number' ? part : String(part)));
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.slice(0, MOST_MISTAKES).map((key) => unknownField(path, key, subject));
    case 'invalid_key':
      return [
        {
          path,
          at: 'key',
          message: `${nameOf(path)}: expected ${issue.issues[0]?.message ?? 'another name'}, found "${shorten(String(path.at(-1)))}"`,
        },
      ];
    case 'invalid_union': {
      // If one form fits except for something inside it, that is the mistake.
      const deeper = issue.errors.filter((issues) => issues.every((inner) => inner.path.length > 0));
      const [only = [], another] = deeper;
      if (only.length === 0 || another !== undefined) return [valueFinding(issue, path, subject)];
      return only.flatMap((inner) => explain({ ...inner, path: [...issue.path, ...inner.path] }, subject));
    }
    default:
      return [valueFinding(issue, path, subject)];
  }
}

function unknownField(path: FieldPath, key: string, { schema, advice: own, listed }: Subject): Finding {
  const known = keysAt(schema, path);
  const nearest = nearestName(key, known);
  const advice =
    own.onField(path, key) ?? (nearest === undefined ? knownFields(known, listed) : `did you mean "${nearest}"?`);
  return { path: [...path, key], at: 'key', message: `unknown field "${shorten(key)}"; ${advice}` };
}

function knownFields(known: readonly string[], listed: Set<string>): string {
  const list = known.join(', ');
  if (listed.has(list)) return 'the fields here are listed above';
  listed.add(list);
  return `the fields here are ${list}`;
}

function valueFinding(issue: z.core.$ZodIssue, path: FieldPath, { value, document, advice }: Subject): Finding {
  const found = valueAt(value, path);
  if (found === undefined && path.length > 0)
    return { path: path.slice(0, -1), at: 'value', message: `${nameOf(path)} is missing: expected ${issue.message}` };
  const written = document.source(path);
  const meant = advice.onValue(path, found);
  const subject = path.length === 0 ? '' : `${nameOf(path)}: `;
  return {
    path,
    at: 'value',
    message: `${subject}expected ${issue.message}, found ${describe(found, written, path)}${meant === undefined ? hint(issue, found, written, path) : `; ${meant}`}`,
  };
}

function hint(issue: z.core.$ZodIssue, found: unknown, written: string | undefined, path: FieldPath): string {
  if (issue.code === 'invalid_value' && typeof found === 'string') {
    const nearest = nearestName(found, issue.values.map(String));
    return nearest === undefined ? '' : `; did you mean "${nearest}"?`;
  }
  const wantsText = issue.code === 'invalid_type' && issue.expected === 'string';
  if (!wantsText || !['number', 'boolean', 'bigint'].includes(typeof found)) return '';
  return mayBeSecret(path) || written === undefined
    ? '; put it in quotes'
    : `; put it in quotes: "${shorten(written)}"`;
}

function describe(found: unknown, written: string | undefined, path: FieldPath): string {
  if (found === null || found === undefined) return 'nothing';
  if (Array.isArray(found)) return 'a list';
  if (typeof found === 'object') return 'a mapping';
  if (mayBeSecret(path)) return typeof found === 'string' ? 'other text' : `a ${typeof found}`;
  return typeof found === 'string' ? JSON.stringify(shorten(found)) : shorten(written ?? String(found));
}

/** Messages never show what stands under these: people put passwords there in spite of `${env:…}`. */
function mayBeSecret(path: FieldPath): boolean {
  return path.includes('config') || path.includes('env') || path.includes('client_secret_key');
}

function valueAt(value: unknown, path: FieldPath): unknown {
  let found = value;
  for (const part of path) {
    if (typeof found !== 'object' || found === null) return undefined;
    found = (found as Readonly<Record<string | number, unknown>>)[part];
  }
  return found;
}

/** The fields of the mapping at `path`, read from the schema, so that no second list can go stale. */
function keysAt(schema: z.core.$ZodType, path: FieldPath): string[] {
  let inner: z.core.$ZodType = unwrapped(schema);
  for (const part of path) {
    if (inner instanceof z.ZodArray) inner = unwrapped(inner.element);
    else if (inner instanceof z.ZodRecord) inner = unwrapped(inner.valueType);
    else if (inner instanceof z.ZodObject)
      inner = unwrapped((inner.shape as Readonly<Record<string, z.core.$ZodType>>)[part] ?? inner);
  }
  return inner instanceof z.ZodObject ? Object.keys(inner.shape) : [];
}

function unwrapped(schema: z.core.$ZodType): z.core.$ZodType {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable) return unwrapped(schema.unwrap());
  if (!(schema instanceof z.ZodUnion)) return schema;
  return (
    schema.options.map(unwrapped).find((form) => form instanceof z.ZodObject || form instanceof z.ZodRecord) ?? schema
  );
}
