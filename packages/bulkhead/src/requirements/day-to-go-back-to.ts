/**
 * Finds the day as of which to resolve packages so that those published on `dates` fit each other: the first of the second month
 * after the oldest. By then its companions have had their corrections, and their next generation is not out yet.
 *
 * @param dates RFC 3339; with fewer than two there is nothing to bring together
 * @param pinned dates of packages that are wanted in one version only: the day must not come before these
 * @returns `YYYY-MM-DD`; undefined when that day would change nothing
 */
export function dayToGoBackTo(dates: readonly string[], pinned: readonly string[]): string | undefined {
  const ascending = dates.toSorted();
  const [older, newer] = [ascending[0], ascending.at(-1)];
  if (older === undefined || newer === undefined || dates.length < 2) return undefined;
  const from = new Date([older, ...pinned].toSorted().at(-1) ?? older);
  const day = new Date(Date.UTC(from.getUTCFullYear(), from.getUTCMonth() + 2, 1)).toISOString().slice(0, 10);
  return day < newer ? day : undefined;
}
