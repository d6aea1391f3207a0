import type { PackageClass } from './package-classes.ts';
import type { Pythons } from './python-grid.ts';
import type { SpecifierComparison } from './specifier-comparison.ts';

/** Joins what the plugins of a group want, since three plugins may disagree of which each pair agrees. */
export class CommonWants {
  readonly #comparison: SpecifierComparison;
  readonly #wants: Map<string, PackageClass['parts']>;
  #pythons: Pythons;

  constructor(comparison: SpecifierComparison) {
    this.#comparison = comparison;
    this.#wants = new Map();
    this.#pythons = comparison.grid.all;
  }

  /** The Pythons that can meet all wants together, as far as specifiers tell. */
  get pythons(): Pythons {
    return this.#pythons;
  }

  copy(): CommonWants {
    const copy = new CommonWants(this.#comparison);
    for (const [name, parts] of this.#wants) copy.#wants.set(name, parts);
    copy.#pythons = this.#pythons;
    return copy;
  }

  /** Adds the wants of `plugins`. Returns false, and changes nothing, when they can't be met with the others. */
  join(plugins: readonly number[]): boolean {
    let pythons = this.#pythons;
    const joined = new Map<string, PackageClass['parts']>();
    for (const plugin of plugins) {
      pythons &= this.#comparison.usable[plugin] ?? 0n;
      for (const { name, parts } of this.#comparison.wantsOf(plugin)) {
        const known = joined.get(name) ?? this.#wants.get(name);
        const both = known === undefined || known === parts ? parts : meet(known, parts);
        for (const part of both) if (part.versions.isEmpty) pythons &= ~part.pythons;
        if (pythons === 0n) return false;
        joined.set(name, both);
      }
    }
    if (pythons === 0n) return false;
    this.#pythons = pythons;
    for (const [name, parts] of joined) this.#wants.set(name, parts);
    return true;
  }
}

/** Intersects the two where both want something, and keeps the one want elsewhere. */
function meet(one: PackageClass['parts'], other: PackageClass['parts']): PackageClass['parts'] {
  const [left, right] = [one[0], other[0]];
  if (one.length === 1 && other.length === 1 && left !== undefined && left.pythons === right?.pythons)
    return [{ pythons: left.pythons, versions: left.versions.intersect(right.versions) }];
  const all = (parts: PackageClass['parts']): Pythons => parts.reduce((pythons, part) => pythons | part.pythons, 0n);
  const without = (parts: PackageClass['parts'], pythons: Pythons): PackageClass['parts'] =>
    parts.map((part) => ({ ...part, pythons: part.pythons & ~pythons }));
  const common = one.flatMap((left) =>
    other.map((right) => ({
      pythons: left.pythons & right.pythons,
      versions: left.versions.intersect(right.versions),
    })),
  );
  return [...common, ...without(one, all(other)), ...without(other, all(one))].filter(({ pythons }) => pythons !== 0n);
}
