import { normaliseName } from '../../requirements/package-name.ts';
import { isProblem } from '../../requirements/problem.ts';
import { parseRequirement } from '../../requirements/requirement.ts';
import { parseVersion } from '../../requirements/version.ts';
import type { SharedLooks } from '../shared-looks.ts';
import { isTable, tableAt, textAt, type TomlTable, textsAt } from './toml-table.ts';
import { type Workspace, workspaceOf } from './workspace.ts';

/** A plugin's own project, which uv and pip can take as it lies there. */
export interface OwnProject {
  /** Normalised; undefined where only its build backend knows. */
  readonly name: string | undefined;
  /** It is installed into its environment, editable, so that it finds its own metadata, modules and resources. */
  readonly isPackage: boolean;
  /** Undefined if it is no member of one, or its root. */
  readonly workspace: Workspace | undefined;
}

/** Undefined if there is none, or one that uv refuses: then only the requirements in it count. */
export async function ownProject(
  document: TomlTable,
  folder: string,
  looks: SharedLooks,
): Promise<OwnProject | undefined> {
  const isPackage = isBuilt(document);
  if (!isPackage && !isComplete(document)) return undefined;
  const isRoot = isTable(tableAt(document, 'tool', 'uv')['workspace']);
  const name = textAt(tableAt(document, 'project'), 'name');
  return {
    name: name === undefined ? undefined : normaliseName(name),
    isPackage,
    workspace: isRoot ? undefined : await workspaceOf(folder, looks),
  };
}

/** As uv decides it: by its own setting, else by whether a build system is named. */
export function isBuilt(document: TomlTable): boolean {
  const asked = tableAt(document, 'tool', 'uv')['package'];
  return typeof asked === 'boolean' ? asked : isTable(document['build-system']);
}

function isComplete(document: TomlTable): boolean {
  const project = tableAt(document, 'project');
  const [name, version] = [textAt(project, 'name'), textAt(project, 'version')];
  const dynamic = textsAt(project, 'dynamic');
  if (name === undefined || !NAME.test(name)) return false;
  if (dynamic.length > 0) return false; // a build backend would have to be run, which writes into the plugin's folder
  if (version === undefined || parseVersion(version) === undefined) return false;
  // uv takes a requirement of the project's own name for the project itself
  return !textsAt(project, 'dependencies').some((text) => isOnItself(text, normaliseName(name)));
}

const NAME = /^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?$/;

function isOnItself(text: string, own: string): boolean {
  const requirement = parseRequirement(text);
  return !isProblem(requirement) && requirement.name === own && requirement.extras.length === 0;
}
