/** Matches the name of a package or an extra, in any spelling. */
export const NAME: string = '[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?';

/** Gives all spellings of a name the same one (PEP 503). */
export function normaliseName(name: string): string {
  return name.replace(/[-_.]+/g, '-').toLowerCase();
}
