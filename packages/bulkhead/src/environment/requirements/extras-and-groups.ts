import { BulkheadError } from '../../errors/bulkhead-error.ts';
import { nearestName } from '../../lifecycle/nearest-name.ts';
import type { PluginSpec } from '../../registry/plugin-spec.ts';
import { normaliseName } from '../../requirements/package-name.ts';
import { isBuilt } from './own-project.ts';
import { isTable, tableAt, textAt, type TomlTable, textsAt } from './toml-table.ts';

/** A list of requirements under a name that a plugin's pyproject.toml has, and that only some want. */
type Kind = 'extra' | 'group';

/**
 * A project's requirements, with those of the extras and dependency groups (PEP 735) that the registry asks for. `name[extra]` of
 * the project's own name stands for what that extra asks for.
 *
 * @throws BulkheadError `EXTRA_UNKNOWN`
 */
export function withExtrasAndGroups(
  spec: PluginSpec,
  document: TomlTable,
  dependencies: readonly string[],
): readonly string[] {
  const project = tableAt(document, 'project');
  const own = { name: textAt(project, 'name') ?? '', extras: tableAt(project, 'optional-dependencies') };
  const seen = new Set<string>();
  return [...dependencies, ...asked(spec, document)].flatMap((text) => withoutOwnExtras(text, own, seen));
}

function asked(spec: PluginSpec, document: TomlTable): string[] {
  const { extras, groups } = spec.environment;
  const project = tableAt(document, 'project');
  const optional = tableAt(project, 'optional-dependencies');
  // what a build backend finds out is known only when it has run
  const isDynamic =
    textsAt(project, 'dynamic').includes('optional-dependencies') ||
    (document['project'] === undefined && isBuilt(document));
  const declared = {
    ...tableAt(document, 'dependency-groups'),
    ...legacyDevelopmentGroup(document),
  };
  return [
    ...extras.flatMap((extra) => textsOf(optional, find('extra', extra, optional, spec, isDynamic))),
    ...groups.flatMap((group) => textsOfGroup(declared, find('group', group, declared, spec, false), [])),
  ];
}

/** uv's own list, from before there were groups. */
function legacyDevelopmentGroup(document: TomlTable): TomlTable {
  const texts = tableAt(document, 'tool', 'uv')['dev-dependencies'];
  const group = tableAt(document, 'dependency-groups')['dev'];
  return texts === undefined ? {} : { dev: [...listOf(group), ...listOf(texts)] };
}

function find(kind: Kind, name: string, table: TomlTable, { id }: PluginSpec, isDynamic: boolean): string | undefined {
  const known = Object.keys(table);
  const found = known.find((each) => normaliseName(each) === normaliseName(name));
  if (found !== undefined || isDynamic) return found;
  throw new BulkheadError('EXTRA_UNKNOWN', { plugin: id, kind, name, nearest: nearestName(name, known), known });
}

function textsOf(table: TomlTable, key: string | undefined): readonly string[] {
  return key === undefined ? [] : textsAt(table, key);
}

/** `path`: the groups that this one is included by; uv and pip refuse a circle, so here it only has to end. */
function textsOfGroup(groups: TomlTable, key: string | undefined, path: readonly string[]): string[] {
  if (key === undefined || path.includes(key)) return [];
  return listOf(groups[key]).flatMap((item) => {
    if (typeof item === 'string') return [item];
    const included = isTable(item) ? textAt(item, 'include-group') : undefined;
    const named = Object.keys(groups).find((each) => normaliseName(each) === normaliseName(included ?? ''));
    return textsOfGroup(groups, named, [...path, key]);
  });
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** Each extra counts once: extras may ask for each other, and each for several. */
function withoutOwnExtras(
  text: string,
  own: { readonly name: string; readonly extras: TomlTable },
  seen: Set<string>,
): string[] {
  const [, name = '', listed = ''] = /^\s*([\w.-]+)\s*\[([^\]]*)\]\s*$/.exec(text) ?? [];
  if (own.name === '' || normaliseName(name) !== normaliseName(own.name)) return [text];
  return listed.split(',').flatMap((written) => {
    const extra = normaliseName(written.trim());
    if (seen.has(extra)) return [];
    seen.add(extra);
    const key = Object.keys(own.extras).find((each) => normaliseName(each) === extra) ?? '';
    return textsAt(own.extras, key).flatMap((each) => withoutOwnExtras(each, own, seen));
  });
}
