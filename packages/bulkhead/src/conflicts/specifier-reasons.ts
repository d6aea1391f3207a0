import type { PackageClass } from './package-classes.ts';
import type { PairConflict, SpecifierComparison } from './specifier-comparison.ts';

/** Tells why two plugins conflict, one line for each package. */
export function reasonsOf(
  plugin: number,
  other: number,
  conflict: PairConflict,
  { lists, grid, usable }: SpecifierComparison,
): string[] {
  const [one, two] = [lists[plugin]?.id ?? '', lists[other]?.id ?? ''];
  const [mine, theirs] = [usable[plugin] ?? 0n, usable[other] ?? 0n];
  const reasons = conflict.clashes.map(({ one: left, other: right, pythons }) => {
    const isLimited = (mine & theirs & ~pythons) !== 0n;
    const where = isLimited ? ` (on Python ${grid.describe(pythons & mine & theirs)})` : '';
    return `${left.name}: ${one} needs ${inWords(left)}, ${two} needs ${inWords(right)}${where}`;
  });
  if (!conflict.isOfPythons) return reasons;
  const series = [grid.describe(mine), grid.describe(theirs)];
  const said = series[0] === series[1] ? [lists[plugin]?.wantedPython, lists[other]?.wantedPython] : series;
  return [`Python: ${one} needs ${said[0]}, ${two} needs ${said[1]}`, ...reasons];
}

/** Tells what several want that can't be met together, though each two agree. */
export function reasonsOfMany(plugins: readonly number[], comparison: SpecifierComparison): string[] {
  const needs = new Map<string, string[]>();
  for (const plugin of plugins)
    for (const wants of comparison.wantsOf(plugin)) {
      const known = needs.get(wants.name) ?? [];
      needs.set(wants.name, [...known, `${comparison.lists[plugin]?.id ?? ''} needs ${inWords(wants)}`]);
    }
  const common = [...needs].filter(([, told]) => told.length > 1);
  if (common.length > 0) return common.map(([name, told]) => `${name}: ${told.join(', ')}`);
  return [`no Python is right for all of ${plugins.map((plugin) => comparison.lists[plugin]?.id ?? '').join(', ')}`];
}

export function inWords({ wants }: PackageClass): string {
  return wants.join(' and ');
}
