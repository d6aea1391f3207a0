import { satisfies } from 'semver';

/** Whether a file is one that only a Node runs which strips types. */
export function isTypeScript(file: string): boolean {
  return /\.[cm]?ts$/.test(file);
}

/** What a Node has to be told to run TypeScript; undefined: it can't. */
export function flagsToStripTypes(version: string): readonly string[] | undefined {
  if (satisfies(version, '^22.18 || >=23.6', { includePrerelease: true })) return [];
  if (!satisfies(version, '>=22.6', { includePrerelease: true })) return undefined;
  // it would write a warning at each start
  return ['--experimental-strip-types', '--disable-warning=ExperimentalWarning'];
}
