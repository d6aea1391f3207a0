import type { z } from 'zod';
import { BulkheadError } from '../errors/bulkhead-error.ts';
import type { Mistake } from '../errors/catalogue/registry.ts';
import { type Advice, check } from './explain-issues.ts';
import type { InManifest } from './fields/field.ts';
import type { PluginFields } from './fields/groups.ts';
import { type DocumentText, type FieldPath, type Finding, inFileOrder, locateAll } from './finding.ts';
import { plainCopy } from './plain-value.ts';
import { readSourceText, type SourceText } from './source-text.ts';

/** What a plugin is written in, as far as its environment depends on it. */
export type Language = 'python' | 'node';

/** What a plugin says of itself; the registry wins over it. */
export interface Manifest extends InManifest<PluginFields> {
  readonly language: Language;
  /** Of the project that it stands in, if that has one. */
  readonly version?: string | undefined;
  /** Of the package that it is, without a scope. Python has none: there the folder's name counts. */
  readonly name?: string | undefined;
  /** The file that its package.json lets others import. */
  readonly main?: string | undefined;
}

/** A file in which a manifest may stand. */
export interface ManifestFile {
  /** Whether one does. */
  readonly saysSo: boolean;
  /** @throws BulkheadError MANIFEST_INVALID with all mistakes */
  read(plugin: string): Manifest;
}

/** The fields of a manifest, in the file that they stand in. */
export interface WrittenManifest {
  /** Undefined: the file has none. */
  readonly value: unknown;
  /** Where they stand in the file. */
  readonly at: FieldPath;
  readonly text: DocumentText;
  readonly schema: z.ZodType<InManifest<PluginFields>>;
  readonly advice: Advice;
  /** More rules about the fields, after the schema has found nothing. */
  readonly alsoCheck?: (fields: InManifest<PluginFields>) => readonly Finding[];
}

/** @throws BulkheadError MANIFEST_INVALID with all mistakes */
export function checkedFields(
  plugin: string,
  { value, at, text, schema, advice, alsoCheck = () => [] }: WrittenManifest,
): InManifest<PluginFields> {
  if (value === undefined) return {};
  const table = within(text, at);
  const copy = plainCopy(value);
  const checked = check(schema, copy.value, table, advice);
  const findings = [
    ...copy.findings,
    ...checked.findings,
    ...(checked.value === undefined ? [] : alsoCheck(checked.value)),
  ];
  if (checked.value !== undefined && findings.length === 0) return checked.value;
  throw manifestInvalid(plugin, locateAll(table, findings));
}

/** Undefined if there is no such file. */
export async function readManifestText(file: string): Promise<SourceText | undefined> {
  return await readSourceText(file).catch((error: unknown) => unreadable(error, file));
}

export function manifestInvalid(plugin: string, mistakes: readonly Mistake[]): BulkheadError {
  return new BulkheadError('MANIFEST_INVALID', { plugin, mistakes: inFileOrder(mistakes) });
}

function within(text: DocumentText, table: FieldPath): DocumentText {
  return {
    file: text.file,
    position: (path, at) => text.position([...table, ...path], at),
    source: (path) => text.source([...table, ...path]),
  };
}

function unreadable(error: unknown, file: string): SourceText | undefined {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ENAMETOOLONG') return undefined;
  return { mistake: { file, line: 1, column: 1, message: `the file can't be read (${code ?? message})` } };
}
