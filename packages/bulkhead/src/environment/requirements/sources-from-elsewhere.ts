import type { PluginSpec } from '../../registry/plugin-spec.ts';
import { normaliseName } from '../../requirements/package-name.ts';
import type { DeclaredProject } from './declared-project.ts';
import { isTable, tableAt, type TomlTable } from './toml-table.ts';
import { workspaceMembers } from './workspace.ts';

/**
 * The sources of a plugin's project as another project in another folder may have them: those for extras and groups only where
 * these are asked for, and members of its workspace by their paths.
 */
export async function sourcesFromElsewhere(
  spec: PluginSpec,
  { own, settings }: DeclaredProject,
): Promise<Readonly<Record<string, unknown>>> {
  const sources = Object.entries(tableAt(settings, 'sources')).map(
    ([name, value]) =>
      [
        name,
        [value]
          .flat()
          .filter(isTable)
          .flatMap((source) => asked(source, spec)),
      ] as const,
  );
  const inWorkspace = sources.some(([, found]) => found.some((source) => source['workspace'] === true));
  const members = inWorkspace ? await workspaceMembers(own?.workspace?.root ?? spec.folder) : new Map<string, string>();
  const placed = sources.map(([name, found]) => {
    const path = members.get(normaliseName(name));
    const all = found.map((source) =>
      path !== undefined && source['workspace'] === true ? inFolder(source, path) : source,
    );
    return [name, all.length === 1 ? all[0] : all] as const;
  });
  return Object.fromEntries(placed.filter(([, found]) => !Array.isArray(found) || found.length > 0));
}

/** The source, if it counts for what the registry asks for. */
function asked({ extra, group, ...source }: TomlTable, { environment }: PluginSpec): TomlTable[] {
  const isAsked = (name: unknown, names: readonly string[]): boolean =>
    typeof name !== 'string' || names.some((each) => normaliseName(each) === normaliseName(name));
  return isAsked(extra, environment.extras) && isAsked(group, environment.groups) ? [source] : [];
}

function inFolder(source: TomlTable, path: string): TomlTable {
  const { workspace: _, ...rest } = source;
  return { editable: true, ...rest, path };
}

/** A plugin that is installed itself, for a project in another folder. */
export interface PackageRequirement {
  readonly text: string;
  readonly name: string;
  readonly source: TomlTable;
}

/** Undefined if its name is not known. */
export function packageRequirement(
  { folder, environment }: PluginSpec,
  { own }: DeclaredProject,
): PackageRequirement | undefined {
  const name = own?.name;
  if (name === undefined) return undefined;
  const text = environment.extras.length === 0 ? name : `${name}[${environment.extras.join(',')}]`;
  return { text, name, source: { path: folder, editable: true } };
}
