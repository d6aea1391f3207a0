import { BulkheadError } from '../errors/bulkhead-error.ts';
import type { Mistake } from '../errors/catalogue/registry.ts';
import { check } from './explain-issues.ts';
import { manifestAdvice } from './field-advice.ts';
import type { InManifest } from './fields/field.ts';
import { type PluginFields, pluginFields } from './fields/groups.ts';
import { manifestOf } from './fields/mapping.ts';
import { problemOfRequiresPython } from '../requirements/python-version.ts';
import { type DocumentText, type FieldPath, type Finding, inFileOrder, locateAll } from './finding.ts';
import { isMapping, plainCopy } from './plain-value.ts';
import { readSourceText } from './source-text.ts';
import { parseToml } from './toml-document.ts';

/** What a plugin says of itself, in `[tool.bulkhead]` of its pyproject.toml; the registry wins over it. */
export interface Manifest extends InManifest<PluginFields> {
  /** `[project] version`, if it stands there. */
  readonly version?: string | undefined;
}

const manifestSchema = manifestOf(pluginFields, 'a table');

/**
 * Reads the manifest; it is empty if there is no pyproject.toml, or no `[tool.bulkhead]` in it.
 *
 * @throws BulkheadError MANIFEST_INVALID with all mistakes.
 */
export async function readManifest(file: string, plugin: string): Promise<Manifest> {
  const source = await readSourceText(file).catch((error: unknown) => unreadable(error, file));
  if (source === undefined) return {};
  if (source.mistake !== undefined) throw invalid(plugin, [source.mistake]);
  const { value, text, mistakes } = parseToml(source.text, file);
  if (mistakes.length > 0) throw invalid(plugin, mistakes);
  const unfit = problemOfPython(value);
  if (unfit !== undefined) throw invalid(plugin, locateAll(text, [unfit]));
  const own = tableAt(value, ['tool', 'bulkhead']);
  if (own === undefined) return { version: versionOf(value) };
  const table = within(text, ['tool', 'bulkhead']);
  const copy = plainCopy(own);
  const checked = check(manifestSchema, copy.value, table, manifestAdvice);
  if (checked.value !== undefined && copy.findings.length === 0) return { ...checked.value, version: versionOf(value) };
  throw invalid(plugin, locateAll(table, [...copy.findings, ...checked.findings]));
}

function within(text: DocumentText, table: FieldPath): DocumentText {
  return {
    file: text.file,
    position: (path, at) => text.position([...table, ...path], at),
    source: (path) => text.source([...table, ...path]),
  };
}

function invalid(plugin: string, mistakes: readonly Mistake[]): BulkheadError {
  return new BulkheadError('MANIFEST_INVALID', { plugin, mistakes: inFileOrder(mistakes) });
}

function unreadable(error: unknown, file: string): { mistake: Mistake } | undefined {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ENAMETOOLONG') return undefined;
  return { mistake: { file, line: 1, column: 1, message: `the file can't be read (${code ?? message})` } };
}

/** No Python fits what can't be read, which would be told as if a Python were missing. */
function problemOfPython(pyproject: unknown): Finding | undefined {
  const path = ['project', 'requires-python'];
  const wanted = tableAt(pyproject, path);
  const message = wanted === undefined ? undefined : problemOfRequiresPython(wanted);
  return message === undefined ? undefined : { path, at: 'value', message };
}

function versionOf(pyproject: unknown): string | undefined {
  const project = tableAt(pyproject, ['project']);
  return isMapping(project) && typeof project['version'] === 'string' ? project['version'] : undefined;
}

function tableAt(value: unknown, path: readonly string[]): unknown {
  let found = value;
  for (const key of path) found = isMapping(found) ? found[key] : undefined;
  return found;
}
