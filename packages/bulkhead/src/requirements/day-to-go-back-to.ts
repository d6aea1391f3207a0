/**
 * The day as of which packages are to be resolved, so that those published on `dates` fit each other: the first of the second
 * month after the oldest, late enough for its companions' corrections, early enough not to be a later generation.
 *
 * @param dates RFC 3339; one alone needs no going back
 * @param pinned dates of what is asked for in one version only, which the day must not come before
 * @returns `YYYY-MM-DD`; undefined when it would change nothing
 */
export function dayToGoBackTo(dates: readonly string[], pinned: readonly string[]): string | undefined {
  const ascending = dates.toSorted();
  const [older, newer] = [ascending[0], ascending.at(-1)];
  if (older === undefined || newer === undefined || dates.length < 2) return undefined;
  const from = new Date([older, ...pinned].toSorted().at(-1) ?? older);
  const day = new Date(Date.UTC(from.getUTCFullYear(), from.getUTCMonth() + 2, 1)).toISOString().slice(0, 10);
  return day < newer ? day : undefined;
}
