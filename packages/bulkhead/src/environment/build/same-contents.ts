import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { installedPackages } from '../trial/installed-packages.ts';

/** Whether two environments hold the same packages, in the same versions and from the same commits. */
export async function haveSameContents(one: string, other: string): Promise<boolean> {
  const [first, second] = await Promise.all([one, other].map(contentsOf));
  return first === second;
}

async function contentsOf(sitePackages: string): Promise<string> {
  const packages = await installedPackages(sitePackages);
  const described = packages.map(async ({ name, version, metadata }) => {
    // names the commit of a repository, whose version may stay the same
    const origin = await readFile(join(metadata, 'direct_url.json'), 'utf8').catch(() => '');
    return `${name} ${version} ${origin}`;
  });
  return (await Promise.all(described)).toSorted().join('\n');
}
