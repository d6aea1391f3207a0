import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

export const REGISTRY_NAME = 'plugins.yaml';

/** The file that was named, or the nearest plugins.yaml in this folder and those above it; undefined: there is none. */
export function findRegistry(named: string | undefined): string | undefined {
  if (named !== undefined) return resolve(named);
  for (let folder = process.cwd(); ; folder = dirname(folder)) {
    const file = join(folder, REGISTRY_NAME);
    if (existsSync(file)) return file;
    if (dirname(folder) === folder) return undefined;
  }
}

/** As `findRegistry`; where there is none, the path at which one would be expected, so that reading it explains itself. */
export function registryOrExpected(named: string | undefined): string {
  return findRegistry(named) ?? resolve(REGISTRY_NAME);
}
