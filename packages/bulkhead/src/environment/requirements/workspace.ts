import { readdir } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { parse } from 'smol-toml';
import { isMadeByTools } from '../../lifecycle/made-by-tools.ts';
import { isMissing, readRegularFile } from '../../lifecycle/read-regular-file.ts';
import { normaliseName } from '../../requirements/package-name.ts';
import { SharedLooks } from '../shared-looks.ts';
import { isTable, tableAt, textAt, type TomlTable, textsAt } from './toml-table.ts';

/** A workspace of uv's that a project is a member of. */
export interface Workspace {
  /** Absolute path of the folder whose pyproject.toml lists the members. Its uv.lock is that of all of them. */
  readonly root: string;
  /** Of all members, unless they have their own. */
  readonly sources: TomlTable;
}

/** Settings for uv, and the folder that paths in them are relative to. */
export interface UvSettings {
  readonly folder: string;
  readonly settings: TomlTable;
}

const LARGEST_FILE = 16 * 1024 ** 2;

/** As uv looks for it: the nearest pyproject.toml above the project decides. A workspace that the project is the root of is none. */
export async function workspaceOf(
  project: string,
  looks: SharedLooks = new SharedLooks(),
): Promise<Workspace | undefined> {
  const folder = dirname(project);
  const nearest = await looks.find(`the project in or above ${folder}`, async () => await projectAbove(folder, looks));
  if (nearest === undefined) return undefined;
  const { root, document } = nearest;
  const settings = tableAt(document, 'tool', 'uv');
  return isMember(settings, relative(root, project)) ? { root, sources: tableAt(settings, 'sources') } : undefined;
}

async function projectAbove(
  folder: string,
  looks: SharedLooks,
): Promise<{ readonly root: string; readonly document: TomlTable } | undefined> {
  for (let root = folder; ; root = dirname(root)) {
    const document = await sharedDocumentAt(join(root, 'pyproject.toml'), looks);
    if (document !== undefined) return { root, document };
    if (root === dirname(root)) return undefined;
  }
}

/** Entries of a workspace that are looked at for members. */
const MOST_ENTRIES = 5000;
/** Folders between a workspace's root and a member. */
const DEEPEST = 4;

/** The folders of a workspace's members, by their normalised names. */
export async function workspaceMembers(root: string): Promise<ReadonlyMap<string, string>> {
  const settings = tableAt(await documentAt(join(root, 'pyproject.toml')), 'tool', 'uv');
  const members = new Map<string, string>();
  let [level, entries] = [[root], 0];
  for (let depth = 0; depth < DEEPEST; depth += 1) {
    const next: string[] = [];
    for (const folder of level) {
      for (const entry of await readdir(folder, { withFileTypes: true }).catch(() => [])) {
        const path = join(folder, entry.name);
        if ((entries += 1) > MOST_ENTRIES) return members;
        if (!entry.isDirectory() || isMadeByTools(entry.name)) continue;
        next.push(path);
        const name = isMember(settings, relative(root, path))
          ? textAt(tableAt(await documentAt(join(path, 'pyproject.toml')), 'project'), 'name')
          : undefined;
        if (name !== undefined) members.set(normaliseName(name), path);
      }
    }
    level = next;
  }
  return members;
}

/** Those that uv uses in a project: of the nearest folder, from it or from its workspace's root upwards, that has any. */
export async function uvSettings(project: string, looks: SharedLooks = new SharedLooks()): Promise<UvSettings> {
  return await looks.find(`what uv is told in or above ${project}`, async () => await settingsAbove(project, looks));
}

async function settingsAbove(project: string, looks: SharedLooks): Promise<UvSettings> {
  for (let folder = project; ; folder = dirname(folder)) {
    const own = await sharedDocumentAt(join(folder, 'uv.toml'), looks);
    const table = own ?? tableAt(await sharedDocumentAt(join(folder, 'pyproject.toml'), looks), 'tool')['uv'];
    if (isTable(table)) return { folder, settings: table };
    if (folder === dirname(folder)) return { folder: project, settings: {} };
  }
}

function isMember(settings: TomlTable, path: string): boolean {
  const { members, excluded } = patternsOf(tableAt(settings, 'workspace'));
  const parts = path.split(sep).join('/');
  return members.some((pattern) => pattern.test(parts)) && !excluded.some((pattern) => pattern.test(parts));
}

function patternsOf(table: TomlTable): { members: RegExp[]; excluded: RegExp[] } {
  return { members: textsAt(table, 'members').map(pattern), excluded: textsAt(table, 'exclude').map(pattern) };
}

/** uv lets a star match a slash, too. */
function pattern(glob: string): RegExp {
  const parts = glob
    .replace(/^\.\//, '')
    .replace(/\/+$/, '')
    .split(/(\*+|\?|\[!?[^\]]+\])/);
  const source = parts.map((part) => {
    if (part.startsWith('*')) return '.*';
    if (part === '?') return '.';
    return part.startsWith('[') ? part.replace('[!', '[^') : part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  });
  return new RegExp(`^${source.join('')}$`, 's');
}

/** Many projects lie below the same folders. */
async function sharedDocumentAt(file: string, looks: SharedLooks): Promise<TomlTable | undefined> {
  return await looks.find(file, async () => await documentAt(file));
}

/** Undefined if there is none; empty if it can't be read, of which uv will complain. */
async function documentAt(file: string): Promise<TomlTable | undefined> {
  if (isMissing(file)) return undefined;
  try {
    return parse((await readRegularFile(file, LARGEST_FILE)).toString('utf8'));
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? undefined : {};
  }
}
