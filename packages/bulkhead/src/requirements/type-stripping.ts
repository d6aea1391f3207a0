import { satisfies } from 'semver';

/** How a Node of that version runs TypeScript as it is, by leaving out its types: unasked, if it is told to, or not at all. */
export function typeStripping(version: string): 'unasked' | 'if told' | 'never' {
  if (satisfies(version, '^22.18 || >=23.6', { includePrerelease: true })) return 'unasked';
  return satisfies(version, '>=22.6', { includePrerelease: true }) ? 'if told' : 'never';
}

/** Whether a file is one that only a Node runs which strips types. */
export function isTypeScript(file: string): boolean {
  return /\.[cm]?ts$/.test(file);
}
