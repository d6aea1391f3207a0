import { clashOf, ownClash, type PackageClass, PackageClasses } from './package-classes.ts';
import { PluginSet } from './plugin-set.ts';
import { type Platform, PythonGrid, type Pythons } from './python-grid.ts';
import type { ReadList } from './requirement-list.ts';

/** Two wants that no version of a package meets in some Pythons. */
export interface PackageClash {
  readonly one: PackageClass;
  readonly other: PackageClass;
  readonly pythons: Pythons;
}

/** The proof, from what two plugins ask for, that they can't share an environment. */
export interface PairConflict {
  /** No Python suits both. */
  readonly isOfPythons: boolean;
  /** Clashes in every Python; if there are none, clashes that together leave no Python. */
  readonly clashes: readonly PackageClash[];
}

/**
 * Compares plugins by their specifiers, without an index of packages. It compares the different wants for each package, so that
 * the cost grows with the packages that plugins share and not with the pairs of plugins.
 */
export class SpecifierComparison {
  readonly lists: readonly ReadList[];
  readonly grid: PythonGrid;
  /** For each plugin, the Pythons in which its own list can be met. */
  readonly usable: readonly Pythons[];
  /** The clashes of every package that plugins disagree about. */
  readonly clashes: readonly PackageClash[];
  /** For each plugin, the plugins that it conflicts with. */
  readonly conflicts: readonly PluginSet[];
  readonly #classes: PackageClasses;
  readonly #named = new Map<number, ReadonlyMap<string, PackageClass>>();
  readonly #known = new Map<PackageClass, Map<PackageClass, Pythons>>();

  constructor(lists: readonly ReadList[], platform: Platform, present: readonly string[] = []) {
    this.lists = lists;
    this.grid = new PythonGrid(lists, platform, present);
    this.#classes = new PackageClasses(lists, this.grid);
    const allowed = new Map<string, Pythons>();
    this.usable = lists.map((list, plugin) => {
      const known = allowed.get(list.wantedPython) ?? this.grid.allowedBy(list);
      allowed.set(list.wantedPython, known);
      return this.wantsOf(plugin).reduce((pythons, wants) => pythons & ~ownClash(wants), known);
    });
    this.clashes = this.#classes.contested().flatMap((classes) => this.#clashesAmong(classes));
    this.conflicts = this.#conflicts();
  }

  wantsOf(plugin: number): readonly PackageClass[] {
    return this.#classes.of(plugin);
  }

  /** Undefined when the specifiers prove nothing. */
  between(plugin: number, other: number): PairConflict | undefined {
    const shared = (this.usable[plugin] ?? 0n) & (this.usable[other] ?? 0n);
    const clashes = this.#clashesOf(plugin, other);
    const everywhere = clashes.filter(({ pythons }) => ((shared === 0n ? this.grid.all : shared) & ~pythons) === 0n);
    if (shared === 0n || everywhere.length > 0) return { isOfPythons: shared === 0n, clashes: everywhere };
    const left = clashes.reduce((rest, { pythons }) => rest & ~pythons, shared);
    return left === 0n ? { isOfPythons: false, clashes } : undefined;
  }

  #clashesOf(plugin: number, other: number): PackageClash[] {
    const theirs = this.#byName(other);
    return this.wantsOf(plugin).flatMap((one) => {
      const against = theirs.get(one.name);
      const pythons = against === undefined ? 0n : this.#clash(one, against);
      return against === undefined || pythons === 0n ? [] : [{ one, other: against, pythons }];
    });
  }

  #byName(plugin: number): ReadonlyMap<string, PackageClass> {
    let byName = this.#named.get(plugin);
    if (byName === undefined)
      this.#named.set(plugin, (byName = new Map(this.wantsOf(plugin).map((wants) => [wants.name, wants]))));
    return byName;
  }

  #clash(one: PackageClass, other: PackageClass): Pythons {
    return this.#known.get(one)?.get(other) ?? 0n;
  }

  #clashesAmong(classes: readonly PackageClass[]): PackageClash[] {
    const found: PackageClash[] = [];
    for (const [index, one] of classes.entries())
      for (const other of classes.slice(index + 1)) {
        const pythons = clashOf(one, other);
        if (pythons === 0n) continue;
        this.#keep(one, other, pythons);
        this.#keep(other, one, pythons);
        found.push({ one, other, pythons });
      }
    return found;
  }

  #keep(one: PackageClass, other: PackageClass, pythons: Pythons): void {
    let known = this.#known.get(one);
    if (known === undefined) this.#known.set(one, (known = new Map<PackageClass, Pythons>()));
    known.set(other, pythons);
  }

  #conflicts(): PluginSet[] {
    const count = this.lists.length;
    const conflicts = this.lists.map(() => new PluginSet(count));
    const against = new Map<PackageClass, PluginSet>();
    const collide = (one: PackageClass, other: PackageClass): void => {
      let set = against.get(one);
      if (set === undefined) against.set(one, (set = new PluginSet(count)));
      for (const plugin of other.members) set.add(plugin);
    };
    for (const { one, other, pythons } of this.clashes) {
      if (pythons !== this.grid.all) continue;
      collide(one, other);
      collide(other, one);
    }
    for (const [{ members }, set] of against) for (const plugin of members) conflicts[plugin]?.addAll(set);
    for (const [one, other] of this.#withoutSharedPython()) {
      const [left, right] = [new PluginSet(count, one), new PluginSet(count, other)];
      for (const plugin of one) conflicts[plugin]?.addAll(right);
      for (const plugin of other) conflicts[plugin]?.addAll(left);
    }
    for (const { one, other, pythons } of this.clashes)
      if (pythons !== this.grid.all) this.#collideInPairs(one, other, conflicts);
    return conflicts;
  }

  /** Looks at every pair where the clash depends on the Python: another package may rule out the rest. */
  #collideInPairs(one: PackageClass, other: PackageClass, conflicts: readonly PluginSet[]): void {
    for (const plugin of one.members)
      for (const with_ of other.members) {
        if (conflicts[plugin]?.has(with_) === true || this.between(plugin, with_) === undefined) continue;
        conflicts[plugin]?.add(with_);
        conflicts[with_]?.add(plugin);
      }
  }

  #withoutSharedPython(): (readonly [number[], number[]])[] {
    const groups = new Map<Pythons, number[]>();
    for (const [plugin, pythons] of this.usable.entries()) {
      // a plugin that runs nowhere conflicts with no other
      if (pythons === 0n) continue;
      const known = groups.get(pythons);
      if (known === undefined) groups.set(pythons, [plugin]);
      else known.push(plugin);
    }
    const all = [...groups];
    return all.flatMap(([pythons, plugins], index) =>
      all
        .slice(index + 1)
        .flatMap(([others, theirs]) => ((pythons & others) === 0n ? [[plugins, theirs] as const] : [])),
    );
  }
}
