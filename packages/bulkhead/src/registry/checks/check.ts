import type { FieldPath } from '../finding.ts';

/** What may stand at a place of a file: one definition for the check of the file and for the JSON Schema that editors use. */
export interface Check<Value> {
  /** Only the compiler knows it. */
  readonly output?: Value;
  /** Whether a value is of this kind at all, whatever else may be wrong with it. */
  isKind(value: unknown): boolean;
  /** What is wrong with a value that stands at `path`; nothing of one that fits. Values are never changed. */
  problems(value: unknown, path: FieldPath): readonly Problem[];
  /** JSON Schema, draft 2020-12. */
  jsonSchema(): JsonSchema;
}

export type JsonSchema = Readonly<Record<string, unknown>>;

/** A mistake, before it is put into words (explain-problems.ts). */
export type Problem = WrongValue | WrongKey | UnknownKey;

export interface WrongValue {
  readonly kind: 'value';
  readonly path: FieldPath;
  /** Follows the word "expected". */
  readonly expected: string;
  /** The words of which it has to be one. */
  readonly choices?: readonly string[];
  /** Text would do, in whatever form it stands there. */
  readonly wantsText?: true;
}

export interface WrongKey {
  readonly kind: 'key';
  /** Ends in the key. */
  readonly path: FieldPath;
  readonly expected: string;
}

export interface UnknownKey {
  readonly kind: 'unknown';
  /** Of the mapping. */
  readonly path: FieldPath;
  readonly key: string;
  /** The keys that there are. */
  readonly known: readonly string[];
}
