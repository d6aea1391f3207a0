import { CommonWants } from './common-wants.ts';
import type { Compatibility } from './compatibility.ts';
import { fewestGroups, type Grouping, type Unit } from './fewest-groups.ts';
import { type Pairs, setsOfPairs } from './open-pairs.ts';
import type { ReadList } from './requirement-list.ts';
import type { ResolverProofs } from './resolver-proofs.ts';
import type { Resolution } from './resolver.ts';
import { reasonsOf } from './specifier-reasons.ts';
import type { SpecifierComparison } from './specifier-comparison.ts';

/** Combines what specifiers prove with what the resolver proves: which groups can share, and which pairs can't. */
export class PluginCheck {
  readonly comparison: SpecifierComparison;
  readonly proofs: ResolverProofs;
  readonly #focus: number | undefined;

  /** @param focus limits the questions to the resolver to those about this plugin */
  constructor(comparison: SpecifierComparison, proofs: ResolverProofs, focus: number | undefined) {
    this.comparison = comparison;
    this.proofs = proofs;
    this.#focus = focus;
  }

  /** Plugins whose own list can be met, as far as is known. Only these can share. */
  usable(): number[] {
    return this.comparison.lists.flatMap((list, plugin) => {
      const isUnsolvable = this.proofs.alone.get(plugin)?.outcome === 'unsolvable';
      return isUnsolvable || this.comparison.usable[plugin] === 0n || isUnreadable(list) ? [] : [plugin];
    });
  }

  async resolveAlone(): Promise<void> {
    await this.proofs.resolveAlone(this.usable().filter((plugin) => this.#isAbout([plugin])));
  }

  /** Makes the fewest groups for which the resolver, if there is one, finds a solution; each that it refuses makes all anew. */
  async group(): Promise<Grouping> {
    for (;;) {
      const grouping = fewestGroups(this.#units(), {
        comparison: this.comparison,
        unsolvable: this.#unsolvable(),
        kindOf: (plugin) => this.#kindOf(plugin),
      });
      if (this.proofs.isOffline) return grouping;
      const open = grouping.groups.filter((group) => this.#isAbout(group));
      const answers = await Promise.all(open.map((group) => this.proofs.prove(group)));
      if (answers.every((proved) => proved)) return grouping;
    }
  }

  /** Asks the resolver about the pairs that no group has answered: as many at once as it can answer. */
  async resolvePairs(): Promise<void> {
    while (this.proofs.stopped === undefined) {
      const open = this.#openPairs();
      if (open.length === 0) return;
      const mosts = open.map(([plugin, other]) => this.proofs.bestTogether(plugin, other));
      const known = { comparison: this.comparison, unsolvable: this.#unsolvable() };
      const sets = [...new Set(mosts)].flatMap((most) =>
        setsOfPairs(
          open.filter((_, index) => mosts[index] === most),
          known,
          most,
        ),
      );
      await Promise.all(sets.map((set) => this.proofs.prove(set)));
    }
  }

  /** `between` without its reasons, which cost more than all the rest. */
  verdictOn(plugin: number, other: number): Compatibility['verdict'] {
    if (this.comparison.conflicts[plugin]?.has(other) === true && this.#bothRun(plugin, other)) return 'conflict';
    if (this.proofs.apart(plugin, other) !== undefined) return 'conflict';
    return this.proofs.together(plugin, other)?.outcome === 'resolved' ? 'compatible' : 'unknown';
  }

  between(plugin: number, other: number): Compatibility {
    const specifiers = this.comparison.between(plugin, other);
    if (specifiers !== undefined && this.#bothRun(plugin, other)) {
      const reasons = reasonsOf(plugin, other, specifiers, this.comparison);
      return { verdict: 'conflict', proof: specifiers.isOfPythons ? 'pythons' : 'specifiers', reasons };
    }
    const proved = this.proofs.apart(plugin, other);
    if (proved !== undefined) return proved.conflict;
    const together = this.proofs.together(plugin, other);
    if (together?.outcome === 'resolved')
      return { verdict: 'compatible', python: together.python, packages: together.packages };
    return { verdict: 'unknown', reason: this.#whyNotKnown(plugin, other, together) };
  }

  subjectsOf(plugin: number, other: number): string[] {
    const conflict = this.#bothRun(plugin, other) ? this.comparison.between(plugin, other) : undefined;
    if (conflict === undefined) return [];
    return [...(conflict.isOfPythons ? ['Python'] : []), ...conflict.clashes.map(({ one }) => one.name)];
  }

  #isAbout(plugins: readonly number[]): boolean {
    return this.#focus === undefined || plugins.includes(this.#focus);
  }

  /** Plugins with the same `share` stay together if they can. */
  #units(): Unit[] {
    const units = new Map<string, number[]>();
    for (const plugin of this.usable()) {
      const { share } = this.comparison.lists[plugin] ?? {};
      const name = share === undefined ? `alone ${plugin}` : `share ${share}`;
      units.set(name, [...(units.get(name) ?? []), plugin]);
    }
    return [...units.values()].flatMap((unit) => (this.#canBeOne(unit) ? [unit] : unit.map((plugin) => [plugin])));
  }

  #canBeOne(unit: Unit): boolean {
    const isOneKind = new Set(unit.map((plugin) => this.#kindOf(plugin))).size === 1;
    const isProvedApart = this.proofs.unsolvable.some(({ plugins }) =>
      [...plugins].every((plugin) => unit.includes(plugin)),
    );
    return isOneKind && !isProvedApart && new CommonWants(this.comparison).join(unit);
  }

  /** Keeps a plugin that could not be resolved alone out of every group: its failure would hide what the others can do. */
  #kindOf(plugin: number): string {
    const isFailed = this.proofs.alone.get(plugin)?.outcome === 'failed';
    return isFailed ? `alone ${plugin}` : (this.comparison.lists[plugin]?.kind ?? '');
  }

  #bothRun(plugin: number, other: number): boolean {
    return this.comparison.usable[plugin] !== 0n && this.comparison.usable[other] !== 0n;
  }

  #openPairs(): Pairs {
    const usable = this.usable();
    return usable.flatMap((plugin, index) =>
      usable
        .slice(index + 1)
        .flatMap((other) =>
          this.#isAbout([plugin, other]) && this.#isOpen(plugin, other) ? [[plugin, other] as const] : [],
        ),
    );
  }

  /** Whether the resolver may know more of these two. */
  #isOpen(plugin: number, other: number): boolean {
    return (
      this.#kindOf(plugin) === this.#kindOf(other) &&
      this.verdictOn(plugin, other) === 'unknown' &&
      !this.proofs.isFailed(plugin, other)
    );
  }

  #unsolvable(): readonly ReadonlySet<number>[] {
    return this.proofs.unsolvable.map(({ plugins }) => plugins);
  }

  #whyNotKnown(plugin: number, other: number, together: Resolution | undefined): string {
    const { lists, usable } = this.comparison;
    for (const each of [plugin, other]) {
      const list = lists[each];
      if (list === undefined) continue;
      if (isUnreadable(list)) return `a requirement of ${list.id} can't be read`;
      const alone = this.proofs.alone.get(each);
      if (alone?.outcome === 'failed') return `${list.id} could not be resolved: ${alone.reason}`;
      if (usable[each] === 0n || this.proofs.alone.get(each)?.outcome === 'unsolvable')
        return `${list.id} can't be installed even alone`;
    }
    if (lists[plugin]?.kind !== lists[other]?.kind)
      return 'they set different things in [tool.uv], or have different builders';
    if (together?.outcome === 'failed') return together.reason;
    return this.proofs.stopped ?? 'they were not resolved together';
  }
}

function isUnreadable({ issues }: ReadList): boolean {
  return issues.some(({ kind }) => kind === 'unreadable');
}
