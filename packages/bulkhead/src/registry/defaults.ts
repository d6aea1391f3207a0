import type { AnyField, InRegistry } from './fields/field.ts';
import { type PluginFields, pluginFields } from './fields/groups.ts';
import type { FieldPath, Finding } from './finding.ts';
import { isMapping } from './plain-value.ts';
import { pluginFolder } from './plugin-folder.ts';

/** Fields that say something of one plugin. */
const OF_ONE = [
  'id',
  'path',
  'enabled',
  'config',
  'hooks',
  'cache',
  'dependencies',
  'extras',
  'groups',
  'share',
  'concurrency',
  'may_call',
] as const;

type SharedFields = Omit<PluginFields, (typeof OF_ONE)[number]>;

/** `defaults` at the top of the file: they hold for each plugin as if they stood in its entry. */
export type Defaults = InRegistry<SharedFields>;

export const sharedFields = Object.fromEntries(
  Object.entries<AnyField>(pluginFields).filter(([name]) => !(OF_ONE as readonly string[]).includes(name)),
) as unknown as SharedFields;

/** The entry, with the defaults where it says nothing. Mappings are joined key by key. */
export function withDefaults<Entry extends object>(entry: Entry, defaults: object): Entry {
  const joined = { ...defaults, ...entry } as Record<string, unknown>;
  for (const [name, value] of Object.entries<unknown>(entry as Readonly<Record<string, unknown>>)) {
    const fallback: unknown = (defaults as Readonly<Record<string, unknown>>)[name];
    if (isMapping(value) && isMapping(fallback)) joined[name] = { ...fallback, ...value };
  }
  return joined as Entry;
}

/** What is written for a plugin, with absolute paths in place of those relative to the file. */
export function withAbsolutePaths<Written extends object>(file: string, written: Written): Written {
  const { permissions } = written as { readonly permissions?: unknown };
  if (!isMapping(permissions)) return written;
  const resolved = Object.entries(permissions).map(([name, value]): [string, unknown] => [
    name,
    name === 'read' || name === 'write' ? (value as readonly string[]).map((path) => pluginFolder(file, path)) : value,
  ]);
  return { ...written, permissions: Object.fromEntries(resolved) };
}

/** Where a finding in an entry with its defaults stands in the file: in the entry, or else in `defaults`. */
export function placed(finding: Finding, registry: Readonly<Record<string, unknown>>): Finding {
  const [plugins, , ...below] = finding.path;
  if (plugins !== 'plugins' || stands(registry, finding.path) || !stands(registry['defaults'], below)) return finding;
  return { ...finding, path: ['defaults', ...below] };
}

/** Whether something is written at that path. */
export function stands(value: unknown, [part, ...below]: FieldPath): boolean {
  if (part === undefined) return true;
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return false;
  return stands((value as Readonly<Record<string | number, unknown>>)[part], below);
}
