import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { installedSources } from '../build/installed-sources.ts';
import { isProblem } from '../../requirements/problem.ts';
import { parseRequirement } from '../../requirements/requirement.ts';
import type { InstalledPackage } from './installed-packages.ts';

/** Names of what a plugin that is installed itself asks for: its build backend may be the only one who knows. */
export async function requirementsOfPlugin(packages: readonly InstalledPackage[], folder: string): Promise<string[]> {
  const [first] = packages;
  if (first === undefined) return [];
  const sources = await installedSources(dirname(first.metadata));
  const name = sources.find(({ path, kind }) => kind === 'editable' && path === folder)?.name;
  const own = packages.find((each) => each.name === name);
  if (own === undefined) return [];
  const [head = ''] = (await readFile(join(own.metadata, 'METADATA'), 'utf8').catch(() => '')).split(/\r?\n\r?\n/);
  return head.split(/\r?\n/).flatMap((line) => {
    const [, text] = /^Requires-Dist:\s*(.*)$/i.exec(line) ?? [];
    const requirement = text === undefined ? undefined : parseRequirement(text);
    return requirement === undefined || isProblem(requirement) || /\bextra\b/.test(requirement.marker ?? '')
      ? []
      : [requirement.name];
  });
}
