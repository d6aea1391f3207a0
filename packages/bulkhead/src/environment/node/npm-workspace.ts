import { readdir } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { isRecord } from '../../lifecycle/is-record.ts';
import type { PluginSpec } from '../../registry/plugin-spec.ts';
import { packageFields } from './package-fields.ts';

/**
 * The other members of the npm workspace that a plugin is in: name to folder, relative to the plugin's. npm gives a member the
 * others by their names alone. Elsewhere, such a name would mean what a package registry has by that name.
 */
export async function membersAround({ folder }: PluginSpec): Promise<ReadonlyMap<string, string>> {
  for (let at = dirname(folder); at !== dirname(at); at = dirname(at)) {
    const patterns = workspacesIn(await packageFields(at));
    if (patterns.length === 0) continue;
    const folders = (await Promise.all(patterns.map((pattern) => foldersOf(at, pattern)))).flat();
    if (!folders.includes(folder)) continue;
    const members = new Map<string, string>();
    for (const member of folders.filter((each) => each !== folder)) {
      const name = (await packageFields(member))['name'];
      if (typeof name === 'string') members.set(name, relative(folder, member).split(sep).join('/'));
    }
    return members;
  }
  return new Map();
}

function workspacesIn({ workspaces }: Readonly<Record<string, unknown>>): string[] {
  const patterns = isRecord(workspaces) ? workspaces['packages'] : workspaces;
  return Array.isArray(patterns) ? patterns.filter((pattern) => typeof pattern === 'string') : [];
}

/** A folder, or all folders in one: what workspaces are made of. */
async function foldersOf(top: string, pattern: string): Promise<string[]> {
  const [, parent] = /^(.*?)\/?\*\*?\/?$/.exec(pattern) ?? [];
  if (parent === undefined) return [resolve(top, pattern)];
  const entries = await readdir(resolve(top, parent), { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isDirectory()).map((entry) => join(top, parent, entry.name));
}
