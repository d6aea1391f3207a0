import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { normaliseName } from '../../requirements/package-name.ts';

/** A distribution in a site-packages folder. */
export interface InstalledPackage {
  readonly name: string;
  readonly version: string;
  /** Its `*.dist-info` folder. */
  readonly metadata: string;
}

/** Read from the folders' names, which hold name and version (packaging.python.org, "Recording installed projects"). */
export async function installedPackages(sitePackages: string): Promise<InstalledPackage[]> {
  const packages: InstalledPackage[] = [];
  for (const entry of (await readdir(sitePackages)).toSorted()) {
    const [, name, version] = /^(.+?)-([^-]+)\.dist-info$/.exec(entry) ?? [];
    if (name !== undefined && version !== undefined)
      packages.push({ name: normaliseName(name), version, metadata: join(sitePackages, entry) });
  }
  return packages;
}

/** Paths of a distribution's files, relative to site-packages, from its RECORD. */
export async function recordedFiles({ metadata }: InstalledPackage): Promise<string[]> {
  const record = await readFile(join(metadata, 'RECORD'), 'utf8').catch(() => '');
  return record
    .split('\n')
    .map((line) =>
      line
        .replace(/^"(.*)",[^,]*,[^,]*$/, '$1')
        .replace(/,[^,]*,[^,]*$/, '')
        .trim(),
    )
    .filter((path) => path !== '');
}
