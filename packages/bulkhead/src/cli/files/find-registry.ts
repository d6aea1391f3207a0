import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

export const REGISTRY_NAME = 'plugins.yaml';

/** The named file, or the nearest plugins.yaml in this folder and those above it; undefined if there is none. */
export function findRegistry(named: string | undefined): string | undefined {
  if (named !== undefined) return resolve(named);
  for (let folder = process.cwd(); ; folder = dirname(folder)) {
    const file = join(folder, REGISTRY_NAME);
    if (existsSync(file)) return file;
    if (dirname(folder) === folder) return undefined;
  }
}

/** As `findRegistry`, but without a registry the path at which one is expected, so that reading it explains itself. */
export function registryOrExpected(named: string | undefined): string {
  return findRegistry(named) ?? resolve(REGISTRY_NAME);
}
