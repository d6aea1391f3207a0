import { BulkheadError } from '../errors/bulkhead-error.ts';
import type { Mistake } from '../errors/catalogue/registry.ts';
import type { InManifest } from './fields/field.ts';
import type { PluginFields } from './fields/groups.ts';
import { inFileOrder } from './finding.ts';
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

/** Undefined if there is no such file. */
export async function readManifestText(file: string): Promise<SourceText | undefined> {
  return await readSourceText(file).catch((error: unknown) => unreadable(error, file));
}

export function manifestInvalid(plugin: string, mistakes: readonly Mistake[]): BulkheadError {
  return new BulkheadError('MANIFEST_INVALID', { plugin, mistakes: inFileOrder(mistakes) });
}

function unreadable(error: unknown, file: string): SourceText | undefined {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ENAMETOOLONG') return undefined;
  return { mistake: { file, line: 1, column: 1, message: `the file can't be read (${code ?? message})` } };
}
