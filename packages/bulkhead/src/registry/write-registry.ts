import { realpathSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { isMap, isSeq, type Document, type YAMLMap } from 'yaml';
import { asReason } from '../errors/as-reason.ts';
import { BulkheadError } from '../errors/bulkhead-error.ts';
import { nearestName } from '../lifecycle/nearest-name.ts';
import { writeAtomically } from '../lifecycle/write-atomically.ts';
import { isMapping } from './plain-value.ts';
import { readRegistryText } from './registry-text.ts';
import { insertIntoList, insertPair, replaceScalar } from './splice-yaml.ts';
import { type ParsedYaml, parseYaml } from './yaml-document.ts';

/** What `editPlugin` changes of an entry. */
export interface PluginEdit {
  /** Set, or replaced. */
  readonly asOf?: string;
  /** `true` only replaces what says otherwise. */
  readonly enabled?: boolean;
  /** Appended to `dependencies`, unless it stands there. */
  readonly dependency?: string;
}

/** An entry for `addPlugin`. */
export interface NewPlugin {
  readonly id: string;
  /** As it is to stand in the file: relative to it. */
  readonly path: string;
  readonly python_version?: string;
  readonly dependencies?: readonly string[];
  readonly share?: string;
  readonly isolation?: string;
}

/**
 * Changes one plugin's entry in a registry file. Every other byte stays: comments, quotes, order, blank lines.
 *
 * @throws BulkheadError REGISTRY_NOT_FOUND, REGISTRY_INVALID (not YAML), PLUGIN_UNKNOWN, ARGUMENT_INVALID (can't be written).
 */
export async function editPlugin(file: string, id: string, { asOf, enabled, dependency }: PluginEdit): Promise<void> {
  const source = await readText(file);
  let text = source;
  if (asOf !== undefined) text = withField(text, file, id, 'as_of', asOf);
  if (enabled !== undefined) text = withField(text, file, id, 'enabled', enabled);
  if (dependency !== undefined) text = withDependency(text, file, id, dependency);
  if (text !== source) replaceText(resolve(file), text);
}

/**
 * Appends an entry to a registry file.
 *
 * @throws BulkheadError REGISTRY_NOT_FOUND, REGISTRY_INVALID (not YAML, or `plugins` is no list), PLUGIN_ALREADY_LOADED,
 * ARGUMENT_INVALID (can't be written).
 */
export async function addPlugin(file: string, plugin: NewPlugin): Promise<void> {
  const source = await readText(file);
  const parsed = parsedOrThrow(source, file);
  const entries = entriesOf(parsed);
  if (entries.some((entry) => isMapping(entry) && entry['id'] === plugin.id))
    throw new BulkheadError('PLUGIN_ALREADY_LOADED', { plugin: plugin.id });
  const entry = Object.fromEntries(Object.entries(plugin).filter(([, value]) => value !== undefined));
  const wanted = { ...(parsed.value as object), plugins: [...entries, entry] };
  const text =
    confirmed(insertIntoList(source, parsed.document, ['plugins'], entry), wanted, file) ??
    rewritten(parsed, wanted, (document) => {
      if (isSeq(document.get('plugins'))) document.addIn(['plugins'], document.createNode(entry));
      else document.set('plugins', document.createNode([entry]));
    });
  replaceText(resolve(file), text);
}

/** Permissions stay, and a symbolic link goes on pointing to the file. @throws BulkheadError `ARGUMENT_INVALID` */
function replaceText(file: string, text: string): void {
  try {
    const target = realpathSync(file);
    writeAtomically(target, text, { mode: statSync(target).mode & 0o777, isDurable: true });
  } catch (error) {
    const reason = `can't be written: ${asReason((error as Error).message)}`;
    throw new BulkheadError('ARGUMENT_INVALID', { argument: file, reason }, { cause: error });
  }
}

/** What holds where an entry says nothing: it need not be written. */
const DEFAULTS = { as_of: undefined, enabled: true } as const;

function withField(
  source: string,
  file: string,
  id: string,
  field: 'as_of' | 'enabled',
  value: string | boolean,
): string {
  const parsed = parsedOrThrow(source, file);
  const { index, entry, map } = entryOf(parsed, id);
  if ((entry[field] ?? DEFAULTS[field]) === value) return source;
  const spliced =
    map?.has(field) === true ? replaceScalar(source, map, field, value) : insertPair(source, map, field, value);
  const wanted = withEntry(parsed, index, { ...entry, [field]: value });
  return (
    confirmed(spliced, wanted, file) ??
    rewritten(parsed, wanted, (document) => document.setIn(['plugins', index, field], value))
  );
}

function withDependency(source: string, file: string, id: string, requirement: string): string {
  const parsed = parsedOrThrow(source, file);
  const { index, entry, map } = entryOf(parsed, id);
  const before: readonly unknown[] = Array.isArray(entry['dependencies']) ? entry['dependencies'] : [];
  if (before.includes(requirement)) return source;
  const path = ['plugins', index, 'dependencies'];
  const after = [...before, requirement];
  const spliced =
    map?.has('dependencies') === true
      ? insertIntoList(source, parsed.document, path, requirement)
      : insertPair(source, map, 'dependencies', after);
  const wanted = withEntry(parsed, index, { ...entry, dependencies: after });
  return (
    confirmed(spliced, wanted, file) ??
    rewritten(parsed, wanted, (document) => document.setIn(path, document.createNode(after)))
  );
}

/** A splice counts only if parsing its result gives exactly the wanted value; odd layouts fall through to `rewritten`. */
function confirmed(spliced: string | undefined, wanted: unknown, file: string): string | undefined {
  if (spliced === undefined) return undefined;
  const { value, mistakes } = parseYaml(spliced, file);
  return mistakes.length === 0 && isDeepStrictEqual(value, wanted) ? spliced : undefined;
}

/** Keeps comments and order, but reformats the file. */
function rewritten(parsed: ParsedYaml, wanted: unknown, change: (document: Document) => void): string {
  const { file } = parsed.text;
  try {
    change(parsed.document);
    const text = confirmed(parsed.document.toString({ lineWidth: 0 }), wanted, file);
    if (text !== undefined) return text;
  } catch {
    // An entry that is an alias has no text of its own to change.
  }
  throw new BulkheadError('ARGUMENT_INVALID', {
    argument: file,
    reason: "can't be changed without changing other entries too, because of its anchors and aliases",
  });
}

async function readText(file: string): Promise<string> {
  const absolute = resolve(file);
  const source = await readRegistryText(absolute);
  if (source.mistake !== undefined) throw new BulkheadError('REGISTRY_INVALID', { mistakes: [source.mistake] });
  return source.text;
}

function parsedOrThrow(source: string, file: string): ParsedYaml {
  const parsed = parseYaml(source, resolve(file));
  if (parsed.mistakes.length > 0) throw new BulkheadError('REGISTRY_INVALID', { mistakes: parsed.mistakes });
  return parsed;
}

function entriesOf({ value, text }: ParsedYaml): readonly unknown[] {
  const plugins: unknown = isMapping(value) ? (value['plugins'] ?? []) : undefined;
  if (Array.isArray(plugins)) return plugins;
  const mistake = {
    file: text.file,
    ...text.position(['plugins'], 'value'),
    message: 'expected a mapping with the key "plugins" and a list under it',
  };
  throw new BulkheadError('REGISTRY_INVALID', { mistakes: [mistake] });
}

function entryOf(
  parsed: ParsedYaml,
  id: string,
): { index: number; entry: Record<string, unknown>; map: YAMLMap | undefined } {
  const entries = entriesOf(parsed);
  const index = entries.findIndex((entry) => isMapping(entry) && entry['id'] === id);
  const entry = entries[index];
  if (!isMapping(entry)) {
    const known = entries.flatMap((other) =>
      isMapping(other) && typeof other['id'] === 'string' ? [other['id']] : [],
    );
    throw new BulkheadError('PLUGIN_UNKNOWN', { plugin: id, nearest: nearestName(id, known), known });
  }
  const map: unknown = parsed.document.getIn(['plugins', index], true);
  return { index, entry, map: isMap(map) ? map : undefined };
}

function withEntry({ value }: ParsedYaml, index: number, entry: unknown): unknown {
  const { plugins, ...rest } = value as { readonly plugins: readonly unknown[] };
  return { ...rest, plugins: plugins.with(index, entry) };
}
