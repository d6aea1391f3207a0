/** A package's or an extra's name, as it may be written. */
export const NAME: string = '[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?';

/** PEP 503: one spelling for all that mean the same package. */
export function normaliseName(name: string): string {
  return name.replace(/[-_.]+/g, '-').toLowerCase();
}
