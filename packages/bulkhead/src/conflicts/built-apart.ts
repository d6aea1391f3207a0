import { dayToGoBackTo } from '../requirements/day-to-go-back-to.ts';
import type { ResolvedPackage } from './resolver.ts';

/** Two packages that resolve together but probably don't run together: the older was compiled against an earlier version of the newer. */
export interface BuiltApart {
  readonly older: ResolvedPackage;
  readonly newer: ResolvedPackage;
  /** The day for `as_of` that would bring them together. */
  readonly asOf: string | undefined;
}

/** Other packages are compiled against the binary interface of these. */
const COMPILED_AGAINST = new Set(['numpy', 'torch', 'tensorflow', 'pyarrow']);
/** The first release candidate of NumPy 2. Packages that were compiled before can't be imported with it. */
const NUMPY_2 = '2024-04-01';
const YEAR = 365 * 24 * 60 * 60_000;
const FAR_APART = 1.5 * YEAR;

export function builtApart(packages: readonly ResolvedPackage[], pinned: readonly string[]): BuiltApart[] {
  const known = new Map(packages.map((each) => [each.name, each]));
  const pins = pinned.flatMap((name) => known.get(name)?.released ?? []);
  return packages.flatMap((older) => {
    if (!older.isCompiled || older.released === undefined) return [];
    return older.needs.flatMap((name) => {
      const newer = known.get(name);
      if (newer === undefined || !areApart(older, newer)) return [];
      const dates = [older, newer].flatMap(({ released }) => released ?? []);
      return [{ older, newer, asOf: dayToGoBackTo(dates, pins) }];
    });
  });
}

function areApart(older: ResolvedPackage, newer: ResolvedPackage): boolean {
  if (!COMPILED_AGAINST.has(newer.name) || older.released === undefined || newer.released === undefined) return false;
  if (newer.name === 'numpy') return Number.parseInt(newer.version, 10) >= 2 && older.released < NUMPY_2;
  return Date.parse(newer.released) - Date.parse(older.released) > FAR_APART;
}
