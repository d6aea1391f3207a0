import type { Compatibility, Conflict } from './compatibility.ts';
import { requirementChain, wayTo } from './requirement-chain.ts';
import { namedIn, type Resolutions } from './resolutions.ts';
import type { Resolution } from './resolver.ts';
import { servesAlso } from './serves-also.ts';
import type { SpecifierComparison } from './specifier-comparison.ts';

/** Plugins for which the resolver finds no solution together. Without any one of them there would be a solution. */
export interface UnsolvableSet {
  readonly plugins: ReadonlySet<number>;
  readonly conflict: Conflict;
}

interface ResolvedSet {
  readonly plugins: ReadonlySet<number>;
  readonly resolution: Resolution;
}

/** Asks the resolver for proofs and keeps them. Without a resolver it proves nothing. */
export class ResolverProofs {
  /** The resolution of each plugin's own list. */
  readonly alone: Map<number, Resolution> = new Map();
  readonly unsolvable: UnsolvableSet[] = [];
  readonly #comparison: SpecifierComparison;
  readonly #resolutions: Resolutions | undefined;
  readonly #resolved: ResolvedSet[] = [];
  readonly #failed: ResolvedSet[] = [];
  /** The lists of pairs that can't share: whoever has the same lists can't either. */
  readonly #apart = new Set<string>();

  constructor(comparison: SpecifierComparison, resolutions: Resolutions | undefined) {
    this.#comparison = comparison;
    this.#resolutions = resolutions;
  }

  get isOffline(): boolean {
    return this.#resolutions === undefined;
  }

  /** Why nothing is asked, or nothing any more: one clause, without a full stop. */
  get stopped(): string | undefined {
    return this.#resolutions === undefined ? 'offline: nothing was resolved' : this.#resolutions.stopped;
  }

  async resolveAlone(plugins: readonly number[]): Promise<void> {
    const resolutions = this.#resolutions;
    if (resolutions === undefined) return;
    await Promise.all(plugins.map(async (plugin) => this.alone.set(plugin, await resolutions.of([plugin]))));
  }

  /** Asks whether these can share, and keeps the answer. */
  async prove(group: readonly number[]): Promise<boolean> {
    if (this.#resolutions === undefined || group.length < 2) return true;
    const resolution = await this.#resolutions.of(group);
    if (resolution.outcome !== 'unsolvable') {
      const kept = resolution.outcome === 'resolved' ? this.#resolved : this.#failed;
      kept.push({ plugins: new Set(group), resolution });
      return true;
    }
    const core = await this.#core(group, resolution, this.#resolutions);
    const ids = core.plugins.map((plugin) => this.#comparison.lists[plugin]?.id ?? '');
    if (this.unsolvable.some(({ plugins }) => isSame(plugins, core.plugins))) return false;
    const reasons = [`${reasonOf(ids, core.resolution)}${this.#dayInWords(core.plugins)}${leftOut(core.resolution)}`];
    const conflict: Conflict = { verdict: 'conflict', proof: 'resolver', reasons, words: core.resolution.words };
    this.unsolvable.push({ plugins: new Set(core.plugins), conflict });
    if (core.plugins.length === 2) this.#apart.add(this.#listsOf(core.plugins));
    return false;
  }

  /** Asks whether these can share; call it for plugins that don't conflict in pairs. */
  async resolveGroup(
    plugins: readonly number[],
  ): Promise<{ verdict: Compatibility['verdict']; reasons: readonly string[] }> {
    if (this.#resolutions === undefined) return { verdict: 'unknown', reasons: ['offline: nothing was resolved'] };
    if (!(await this.prove(plugins))) {
      const apart = this.unsolvable.filter((set) => [...set.plugins].every((plugin) => plugins.includes(plugin)));
      return { verdict: 'conflict', reasons: apart.flatMap(({ conflict }) => conflict.reasons) };
    }
    const resolution = this.resolutionOf(plugins);
    if (resolution?.outcome === 'failed') return { verdict: 'unknown', reasons: [resolution.reason] };
    return { verdict: 'compatible', reasons: [] };
  }

  /** The resolution of a set that holds all of these. */
  resolutionOf(plugins: readonly number[]): Resolution | undefined {
    const [only] = plugins;
    if (plugins.length === 1 && only !== undefined) return this.alone.get(only);
    const holdsAll = (set: ResolvedSet): boolean => plugins.every((plugin) => set.plugins.has(plugin));
    return (this.#resolved.find(holdsAll) ?? this.#failed.find(holdsAll))?.resolution;
  }

  /** The proof that these two can't share. */
  apart(plugin: number, other: number): UnsolvableSet | undefined {
    return this.unsolvable.find(({ plugins }) => plugins.size === 2 && plugins.has(plugin) && plugins.has(other));
  }

  /** A resolution that holds for both, with a solution if there is any. */
  together(plugin: number, other: number): Resolution | undefined {
    const holdsBoth = ({ plugins }: ResolvedSet): boolean => plugins.has(plugin) && plugins.has(other);
    return (
      this.#resolved.find(holdsBoth)?.resolution ??
      this.#servingAlso(plugin, other) ??
      this.#servingAlso(other, plugin) ??
      this.#failed.findLast(holdsBoth)?.resolution
    );
  }

  /** Whether the resolver was asked about just these two, and had no answer. */
  isFailed(plugin: number, other: number): boolean {
    return this.#leastFailed(plugin, other) === 2;
  }

  /**
   * With how many plugins in all these two are best asked: alone, where plugins with the same lists can't share, or else, where a set
   * got no answer, with half of that.
   */
  bestTogether(plugin: number, other: number): number {
    return this.#apart.has(this.#listsOf([plugin, other]))
      ? 2
      : Math.max(2, Math.ceil(this.#leastFailed(plugin, other) / 2));
  }

  /** The smallest number of plugins, these among them, for which the resolver had no answer; infinite: there is no such set. */
  #leastFailed(plugin: number, other: number): number {
    const sets = this.#failed.filter(({ plugins }) => plugins.has(plugin) && plugins.has(other));
    return Math.min(Number.POSITIVE_INFINITY, ...sets.map(({ plugins }) => plugins.size));
  }

  #listsOf(plugins: readonly number[]): string {
    return JSON.stringify(plugins.map((plugin) => this.#comparison.lists[plugin]?.key).toSorted());
  }

  /** A resolution made for `plugin` that has all that `other` asks for. */
  #servingAlso(plugin: number, other: number): Resolution | undefined {
    const { lists, grid, usable } = this.#comparison;
    const list = lists[other];
    if (list === undefined || lists[plugin]?.kind !== list.kind) return undefined;
    const alone = this.alone.get(plugin);
    const made = [
      ...(alone === undefined ? [] : [{ plugins: new Set([plugin]), resolution: alone }]),
      ...this.#resolved.filter(({ plugins }) => plugins.has(plugin)),
    ];
    return made.find(
      ({ plugins, resolution }) =>
        resolution.outcome === 'resolved' &&
        grid.has(usable[other] ?? 0n, resolution.python) &&
        this.#isBefore(plugins, list.asOf) &&
        servesAlso(resolution.packages, list),
    )?.resolution;
  }

  /** Whether a resolution for `plugins` has nothing that came after `day`. */
  #isBefore(plugins: ReadonlySet<number>, day: string | undefined): boolean {
    if (day === undefined) return true;
    return [...plugins].some((plugin) => (this.#comparison.lists[plugin]?.asOf ?? '~') <= day);
  }

  /** Names the day when plugins ask for different ones: that may be the reason. */
  #dayInWords(plugins: readonly number[]): string {
    const days = plugins.map((plugin) => this.#comparison.lists[plugin]?.asOf);
    const earliest = days.flatMap((day) => day ?? []).toSorted()[0];
    if (earliest === undefined || days.every((day) => day === earliest)) return '';
    return ` (as of ${earliest.slice(0, 10)}, as ${this.#comparison.lists[plugins[days.indexOf(earliest)] ?? -1]?.id ?? ''} asks)`;
  }

  /** Finds a smallest set without a solution: takes the plugins that uv names, then leaves out one after the other. */
  async #core(
    group: readonly number[],
    resolution: Unsolvable,
    resolutions: Resolutions,
  ): Promise<{ plugins: readonly number[]; resolution: Unsolvable }> {
    const named = namedIn(resolution, group, this.#comparison);
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

function isSame(one: ReadonlySet<number>, other: readonly number[]): boolean {
  return one.size === other.length && other.every((plugin) => one.has(plugin));
}

/** Names the Pythons that the proof leaves out. */
function leftOut({ leftOut: pythons = [] }: Unsolvable): string {
  const packages = [...new Set(pythons.map((each) => each.packages))];
  const told = packages.map((each) => {
    const versions = pythons.filter((one) => one.packages === each).map(({ python }) => python);
    return `Python ${versions.join(', ')}, where ${each} has no wheel`;
  });
  return told.length === 0 ? '' : ` (left out: ${told.join('; ')})`;
}

/** Tells in one line who needs what through whom. */
export function reasonOf(ids: readonly string[], { needs, missing }: Unsolvable): string {
  const chain = requirementChain(ids, needs);
  if (chain !== undefined) return chain;
  const ways = ids.flatMap((id) => wayTo(missing?.name, id, needs) ?? []);
  if (missing !== undefined && ways[0] !== undefined) return `${ways[0]}, ${missing.said}`;
  return `uv finds no solution for ${ids.length === 1 ? 'its requirements, even alone' : `${ids.join(' and ')} together`}`;
}
