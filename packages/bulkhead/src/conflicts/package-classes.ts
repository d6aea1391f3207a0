import { type Requirement, spellRequirement } from '../requirements/requirement.ts';
import { clausesOf } from '../requirements/specifier.ts';
import { VersionSet } from '../requirements/version-set.ts';
import type { PythonGrid, Pythons } from './python-grid.ts';
import type { ReadList } from './requirement-list.ts';

/** All plugins that want the same of one package. A thousand plugins want only a few different things, which are compared. */
export interface PackageClass {
  readonly name: string;
  /** As people write it: `>=1.2,<2`; several where markers make a difference. */
  readonly wants: readonly string[];
  /** Indexes of the plugins. */
  readonly members: number[];
  /** The versions it allows, each for some Pythons, without overlap. In the other Pythons it wants nothing. */
  readonly parts: readonly { readonly pythons: Pythons; readonly versions: VersionSet }[];
}

/** Sorts what plugins want of each package into classes. */
export class PackageClasses {
  readonly #byPackage = new Map<string, Map<string, PackageClass>>();
  readonly #wants = new Map<Requirement, string>();
  readonly #ofPlugin: (readonly PackageClass[])[] = [];
  readonly #grid: PythonGrid;

  constructor(lists: readonly ReadList[], grid: PythonGrid) {
    this.#grid = grid;
    for (const [index, list] of lists.entries()) this.#ofPlugin.push(this.#add(index, list));
  }

  /** What a plugin wants: one class for each package. */
  of(plugin: number): readonly PackageClass[] {
    return this.#ofPlugin[plugin] ?? [];
  }

  /** The classes of each package of which plugins want different things. */
  contested(): readonly PackageClass[][] {
    return [...this.#byPackage.values()].filter(({ size }) => size > 1).map((classes) => [...classes.values()]);
  }

  #add(index: number, { requirements }: ReadList): PackageClass[] {
    const named = new Map<string, Requirement[]>();
    for (const requirement of requirements) {
      const known = named.get(requirement.name);
      if (known === undefined) named.set(requirement.name, [requirement]);
      else known.push(requirement);
    }
    return [...named].map(([name, own]) => this.#join(index, name, own));
  }

  #join(index: number, name: string, requirements: readonly Requirement[]): PackageClass {
    let classes = this.#byPackage.get(name);
    if (classes === undefined) this.#byPackage.set(name, (classes = new Map<string, PackageClass>()));
    const wants = [...new Set(requirements.map((requirement) => this.#wantOf(requirement)))].toSorted();
    const key = wants.join('\n');
    let found = classes.get(key);
    if (found === undefined)
      classes.set(key, (found = { name, wants, members: [], parts: partsOf(requirements, this.#grid) }));
    found.members.push(index);
    return found;
  }

  #wantOf(requirement: Requirement): string {
    const known = this.#wants.get(requirement) ?? wantOf(requirement);
    this.#wants.set(requirement, known);
    return known;
  }
}

/** Spells a requirement without the name: `>=1.2`, or `any version`. */
function wantOf(requirement: Requirement): string {
  const specifier = clausesOf(requirement.specifier)
    .toSorted((one, other) => rank(one) - rank(other))
    .join(',');
  const spelled = spellRequirement({ ...requirement, specifier, extras: [] })
    .slice(requirement.name.length)
    .trim();
  return spelled === '' || spelled.startsWith(';') ? `any version${spelled === '' ? '' : ` ${spelled}`}` : spelled;
}

/** Sorts clauses as people write them: lower bound first. */
function rank(clause: string): number {
  return ['=', '~', '>', '<', '!'].indexOf(clause[0] ?? '');
}

function partsOf(requirements: readonly Requirement[], grid: PythonGrid): PackageClass['parts'] {
  let parts: { pythons: Pythons; versions: VersionSet }[] = [];
  for (const { versions = VersionSet.all, condition } of requirements) {
    const pythons = grid.in(condition);
    const split = parts.flatMap((part) => [
      { pythons: part.pythons & pythons, versions: part.versions.intersect(versions) },
      { ...part, pythons: part.pythons & ~pythons },
    ]);
    const covered = parts.reduce((all, part) => all | part.pythons, 0n);
    parts = [...split, { pythons: pythons & ~covered, versions }].filter((part) => part.pythons !== 0n);
  }
  return parts;
}

/** The Pythons in which no version suits both. */
export function clashOf(one: PackageClass, other: PackageClass): Pythons {
  let pythons = 0n;
  for (const left of one.parts)
    for (const right of other.parts) {
      const shared = left.pythons & right.pythons;
      if (shared !== 0n && left.versions.isDisjoint(right.versions)) pythons |= shared;
    }
  return pythons;
}

/** The Pythons in which a plugin's own requirements for a package exclude every version. */
export function ownClash({ parts }: PackageClass): Pythons {
  return parts.reduce((all, { pythons, versions }) => (versions.isEmpty ? all | pythons : all), 0n);
}
