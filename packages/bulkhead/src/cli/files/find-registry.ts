import { existsSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

export const REGISTRY_NAME = 'plugins.yaml';
/** What others call such a file. */
const OTHER_NAME = 'plugins.yml';

/** The named file, or the nearest plugins.yaml in this folder and those above it; undefined if there is none. */
export function findRegistry(named: string | undefined): string | undefined {
  if (named === undefined) return nearestFile(REGISTRY_NAME);
  const path = resolve(named);
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true ? join(path, REGISTRY_NAME) : path;
}

/** As `findRegistry`, but without a registry the path at which one is expected, so that reading it explains itself. */
export function registryOrExpected(named: string | undefined): string {
  const other = nearestFile(OTHER_NAME);
  return findRegistry(named) ?? join(other === undefined ? process.cwd() : dirname(other), REGISTRY_NAME);
}

function nearestFile(name: string): string | undefined {
  for (let folder = process.cwd(); ; folder = dirname(folder)) {
    const file = join(folder, name);
    if (existsSync(file)) return file;
    if (dirname(folder) === folder) return undefined;
  }
}
