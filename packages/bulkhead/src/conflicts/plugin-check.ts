import { CommonWants } from './common-wants.ts';
import type { Compatibility, Conflict } from './compatibility.ts';
import { fewestGroups, type Grouping, type Unit } from './fewest-groups.ts';
import { requirementChain, wayTo } from './requirement-chain.ts';
import type { ReadList } from './requirement-list.ts';
import type { Resolutions } from './resolutions.ts';
import type { Resolution } from './resolver.ts';
import { reasonsOf } from './specifier-reasons.ts';
import type { SpecifierComparison } from './specifier-comparison.ts';

/** Plugins that the resolver finds no solution for together; none of them can be left out of that. */
export interface UnsolvableSet {
  readonly plugins: ReadonlySet<number>;
  readonly conflict: Conflict;
}

/** So many pairs that no grouping has answered are asked one by one; of more, the rest stay unknown. */
const MOST_PAIRS = 30;
/** A grouping that the resolver refuses is made anew, so often. */
const MOST_ROUNDS = 40;

/** Proves with a resolver what specifiers can't: groups that can share, pairs that can't. Without one, it groups by specifiers. */
export class PluginCheck {
  readonly comparison: SpecifierComparison;
  /** What each plugin's own list resolves to. */
  readonly alone: Map<number, Resolution> = new Map();
  readonly unsolvable: UnsolvableSet[] = [];
  readonly #resolutions: Resolutions | undefined;
  readonly #focus: number | undefined;
  readonly #resolved: { readonly plugins: ReadonlySet<number>; readonly resolution: Resolution }[] = [];

  /** @param focus the one plugin that the resolver is asked about; undefined: about all */
  constructor(comparison: SpecifierComparison, resolutions: Resolutions | undefined, focus: number | undefined) {
    this.comparison = comparison;
    this.#resolutions = resolutions;
    this.#focus = focus;
  }

  /** Plugins whose own list can be met, as far as is known: only these can share. */
  usable(): number[] {
    return this.comparison.lists.flatMap((list, plugin) => {
      const isUnsolvable = this.alone.get(plugin)?.outcome === 'unsolvable';
      return isUnsolvable || this.comparison.usable[plugin] === 0n || isUnreadable(list) ? [] : [plugin];
    });
  }

  async resolveAlone(): Promise<void> {
    const resolutions = this.#resolutions;
    if (resolutions === undefined) return;
    const open = this.usable().filter((plugin) => this.#isAbout([plugin]));
    await Promise.all(open.map(async (plugin) => this.alone.set(plugin, await resolutions.of([plugin]))));
  }

  /** The fewest groups that the resolver, where there is one, finds a solution for. */
  async group(): Promise<Grouping> {
    for (let round = 0; ; round += 1) {
      const grouping = fewestGroups(this.#units(), {
        comparison: this.comparison,
        unsolvable: this.unsolvable.map(({ plugins }) => plugins),
        kindOf: (plugin) => this.#kindOf(plugin),
      });
      if (this.#resolutions === undefined) return grouping;
      const open = grouping.groups.filter((group) => this.#isAbout(group));
      const answers = await Promise.all(open.map((group) => this.#prove(group)));
      if (answers.every((proved) => proved)) return grouping;
      if (round === MOST_ROUNDS) return { ...grouping, isFewest: false };
    }
  }

  /** Asks for what no group has answered, where that is not too much. */
  async resolvePairs(): Promise<void> {
    const usable = this.usable();
    const open = usable.flatMap((plugin, index) =>
      usable
        .slice(index + 1)
        .flatMap((other) => (this.#isAbout([plugin, other]) && this.#isOpen(plugin, other) ? [[plugin, other]] : [])),
    );
    if (open.length <= MOST_PAIRS) await Promise.all(open.map((pair) => this.#prove(pair)));
  }

  /** `between` without its reasons, which cost more than all the rest. */
  verdictOn(plugin: number, other: number): Compatibility['verdict'] {
    if (this.comparison.conflicts[plugin]?.has(other) === true && this.#bothRun(plugin, other)) return 'conflict';
    if (this.#provedApart(plugin, other) !== undefined) return 'conflict';
    return this.#together(plugin, other)?.outcome === 'resolved' ? 'compatible' : 'unknown';
  }

  between(plugin: number, other: number): Compatibility {
    const specifiers = this.comparison.between(plugin, other);
    if (specifiers !== undefined && this.#bothRun(plugin, other)) {
      const reasons = reasonsOf(plugin, other, specifiers, this.comparison);
      return { verdict: 'conflict', proof: specifiers.isOfPythons ? 'pythons' : 'specifiers', reasons };
    }
    const proved = this.#provedApart(plugin, other);
    if (proved !== undefined) return proved.conflict;
    const together = this.#together(plugin, other);
    if (together?.outcome === 'resolved')
      return { verdict: 'compatible', python: together.python, packages: together.packages };
    return { verdict: 'unknown', reason: this.#whyNotKnown(plugin, other, together) };
  }

  /** What the resolver said of a set that holds all of these. */
  resolutionOf(plugins: readonly number[]): Resolution | undefined {
    const [only] = plugins;
    if (plugins.length === 1 && only !== undefined) return this.alone.get(only);
    return this.#resolved.find((set) => plugins.every((plugin) => set.plugins.has(plugin)))?.resolution;
  }

  /** Whether these can share, who are known not to conflict in pairs. */
  async resolveGroup(
    plugins: readonly number[],
  ): Promise<{ verdict: Compatibility['verdict']; reasons: readonly string[] }> {
    if (this.#resolutions === undefined) return { verdict: 'unknown', reasons: ['offline: nothing was resolved'] };
    const resolution = await this.#resolutions.of(plugins);
    if (resolution.outcome === 'resolved') {
      this.#resolved.push({ plugins: new Set(plugins), resolution });
      return { verdict: 'compatible', reasons: [] };
    }
    if (resolution.outcome === 'failed') return { verdict: 'unknown', reasons: [resolution.reason] };
    const ids = plugins.map((plugin) => this.comparison.lists[plugin]?.id ?? '');
    return { verdict: 'conflict', reasons: [`${reasonOf(ids, resolution)}${this.#dayInWords(plugins)}`] };
  }

  #isAbout(plugins: readonly number[]): boolean {
    return this.#focus === undefined || plugins.includes(this.#focus);
  }

  /** Those who were told to share stay together, where they can. */
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
    const isProvedApart = this.unsolvable.some(({ plugins }) => [...plugins].every((plugin) => unit.includes(plugin)));
    return isOneKind && !isProvedApart && new CommonWants(this.comparison).join(unit);
  }

  /** One that could not be resolved alone would be in the way of all that it is put together with. */
  #kindOf(plugin: number): string {
    const isFailed = this.alone.get(plugin)?.outcome === 'failed';
    return isFailed ? `alone ${plugin}` : (this.comparison.lists[plugin]?.kind ?? '');
  }

  #provedApart(plugin: number, other: number): UnsolvableSet | undefined {
    return this.unsolvable.find(({ plugins }) => plugins.size === 2 && plugins.has(plugin) && plugins.has(other));
  }

  #bothRun(plugin: number, other: number): boolean {
    return this.comparison.usable[plugin] !== 0n && this.comparison.usable[other] !== 0n;
  }

  #together(plugin: number, other: number): Resolution | undefined {
    let found: Resolution | undefined;
    for (const { plugins, resolution } of this.#resolved) {
      if (!plugins.has(plugin) || !plugins.has(other)) continue;
      if (resolution.outcome === 'resolved') return resolution;
      found ??= resolution;
    }
    return found;
  }

  #isOpen(plugin: number, other: number): boolean {
    return (
      this.#kindOf(plugin) === this.#kindOf(other) &&
      this.verdictOn(plugin, other) === 'unknown' &&
      this.#together(plugin, other) === undefined
    );
  }

  #whyNotKnown(plugin: number, other: number, together: Resolution | undefined): string {
    const { lists, usable } = this.comparison;
    for (const each of [plugin, other]) {
      const list = lists[each];
      if (list === undefined) continue;
      if (isUnreadable(list)) return `a requirement of ${list.id} can't be read`;
      const alone = this.alone.get(each);
      if (alone?.outcome === 'failed') return `${list.id} could not be resolved: ${alone.reason}`;
      if (usable[each] === 0n || this.alone.get(each)?.outcome === 'unsolvable')
        return `${list.id} can't be installed even alone`;
    }
    if (lists[plugin]?.kind !== lists[other]?.kind)
      return 'they set different things in [tool.uv], or have different builders';
    if (together?.outcome === 'failed') return together.reason;
    return this.#resolutions === undefined ? 'offline: nothing was resolved' : 'they were not resolved together';
  }

  /** Whether these can share; keeps the answer. */
  async #prove(group: readonly number[]): Promise<boolean> {
    if (this.#resolutions === undefined || group.length < 2) return true;
    const resolution = await this.#resolutions.of(group);
    if (resolution.outcome !== 'unsolvable') {
      this.#resolved.push({ plugins: new Set(group), resolution });
      return true;
    }
    const core = await this.#core(group, resolution, this.#resolutions);
    const ids = core.plugins.map((plugin) => this.comparison.lists[plugin]?.id ?? '');
    const reasons = [`${reasonOf(ids, core.resolution)}${this.#dayInWords(core.plugins)}`];
    const conflict: Conflict = { verdict: 'conflict', proof: 'resolver', reasons, words: core.resolution.words };
    this.unsolvable.push({ plugins: new Set(core.plugins), conflict });
    return false;
  }

  /** Where plugins go by different days, that may be the reason. */
  #dayInWords(plugins: readonly number[]): string {
    const days = plugins.map((plugin) => this.comparison.lists[plugin]?.asOf);
    const earliest = days.flatMap((day) => day ?? []).toSorted()[0];
    if (earliest === undefined || days.every((day) => day === earliest)) return '';
    return ` (as of ${earliest.slice(0, 10)}, as ${this.comparison.lists[plugins[days.indexOf(earliest)] ?? -1]?.id ?? ''} asks)`;
  }

  /** The plugins without which there would be a solution: first those that uv names, then without one after the other. */
  async #core(
    group: readonly number[],
    resolution: Unsolvable,
    resolutions: Resolutions,
  ): Promise<{ plugins: readonly number[]; resolution: Unsolvable }> {
    const named = group.filter((plugin) =>
      resolution.needs.some(({ who, isPlugin }) => isPlugin && who === this.comparison.lists[plugin]?.id),
    );
    let core = { plugins: group, resolution };
    const shorter = named.length > 1 && named.length < group.length ? await resolutions.of(named) : undefined;
    if (shorter?.outcome === 'unsolvable') core = { plugins: named, resolution: shorter };
    for (const plugin of core.plugins) {
      if (core.plugins.length === 2) break;
      const rest = core.plugins.filter((other) => other !== plugin);
      const without = await resolutions.of(rest);
      if (without.outcome === 'unsolvable') core = { plugins: rest, resolution: without };
    }
    return core;
  }
}

type Unsolvable = Extract<Resolution, { outcome: 'unsolvable' }>;

/** In one line: who needs what, through whom. */
export function reasonOf(ids: readonly string[], { needs, missing }: Unsolvable): string {
  const chain = requirementChain(ids, needs);
  if (chain !== undefined) return chain;
  const ways = ids.flatMap((id) => wayTo(missing?.name, id, needs) ?? []);
  if (missing !== undefined && ways[0] !== undefined) return `${ways[0]}, ${missing.said}`;
  return `uv finds no solution for ${ids.length === 1 ? 'its requirements, even alone' : `${ids.join(' and ')} together`}`;
}

function isUnreadable({ oddities }: ReadList): boolean {
  return oddities.some(({ kind }) => kind === 'unreadable');
}
