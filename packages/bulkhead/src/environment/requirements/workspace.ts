import { dirname, join, relative, sep } from 'node:path';
import { parse } from 'smol-toml';
import { readRegularFile } from '../../lifecycle/read-regular-file.ts';
import { isTable, tableAt, type TomlTable, textsAt } from './toml-table.ts';

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
export async function workspaceOf(project: string): Promise<Workspace | undefined> {
  for (let root = dirname(project); ; root = dirname(root)) {
    const document = await documentAt(join(root, 'pyproject.toml'));
    if (document !== undefined) {
      const settings = tableAt(document, 'tool', 'uv');
      return isMember(settings, relative(root, project)) ? { root, sources: tableAt(settings, 'sources') } : undefined;
    }
    if (root === dirname(root)) return undefined;
  }
}

/** Those that uv uses in a project: of the nearest folder, from it or from its workspace's root upwards, that has any. */
export async function uvSettings(project: string): Promise<UvSettings> {
  for (let folder = project; ; folder = dirname(folder)) {
    const own = await documentAt(join(folder, 'uv.toml'));
    const table = own ?? tableAt(await documentAt(join(folder, 'pyproject.toml')), 'tool')['uv'];
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

/** Undefined if there is none; empty if it can't be read, of which uv will complain. */
async function documentAt(file: string): Promise<TomlTable | undefined> {
  try {
    return parse((await readRegularFile(file, LARGEST_FILE)).toString('utf8'));
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? undefined : {};
  }
}
