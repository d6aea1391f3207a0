import { CommonWants } from './common-wants.ts';
import { PluginSet } from './plugin-set.ts';
import type { SpecifierComparison } from './specifier-comparison.ts';

/** Plugins, by their indexes, in as few groups as possible. Each group may share an environment. */
export interface Grouping {
  readonly groups: readonly (readonly number[])[];
  /** Whether this is proved to be the smallest number of groups. */
  readonly isFewest: boolean;
}

/** Plugins that stay together: a single one, or those with the same `share`. */
export type Unit = readonly number[];

/** Says which plugins may not be in one group. */
export interface Obstacles {
  readonly comparison: SpecifierComparison;
  /** Sets of plugins for which a resolver found no solution. */
  readonly unsolvable: readonly ReadonlySet<number>[];
  /** Only plugins of the same kind may share. */
  kindOf(plugin: number): string;
}

/** 4,096 subsets of units are looked at in a few milliseconds. */
const MOST_EXACT = 12;
/** A clique is looked for from so many units: with a thousand that takes some 10 milliseconds. */
const MOST_STARTS = 50;

/**
 * Groups units. When at most twelve conflict with something, it tries all their subsets and finds the fewest groups. Otherwise
 * it takes those with the most conflicts first and puts each into the first group that takes it; these are the fewest when as many
 * units all conflict with each other. The others follow the same way.
 */
export function fewestGroups(units: readonly Unit[], obstacles: Obstacles): Grouping {
  const kindOf = (unit: Unit): string => obstacles.kindOf(unit[0] ?? -1);
  const parts = [...new Set(units.map(kindOf))].map((kind) =>
    groupsOfOneKind(
      units.filter((unit) => kindOf(unit) === kind),
      obstacles,
    ),
  );
  const first = (group: readonly number[]): number => Math.min(...group);
  return {
    groups: parts
      .flatMap(({ groups }) => groups)
      .map((group) => group.toSorted((one, other) => one - other))
      .toSorted((one, other) => first(one) - first(other)),
    isFewest: parts.every(({ isFewest }) => isFewest),
  };
}

function groupsOfOneKind(units: readonly Unit[], obstacles: Obstacles): Grouping {
  const plugins = units.flat();
  const conflictsOf = (plugin: number): number =>
    plugins.filter((other) => obstacles.comparison.conflicts[plugin]?.has(other)).length +
    obstacles.unsolvable.filter((together) => together.has(plugin)).length;
  const degrees = new Map(units.map((unit) => [unit, unit.reduce((all, plugin) => all + conflictsOf(plugin), 0)]));
  const degree = (unit: Unit): number => degrees.get(unit) ?? 0;
  const conflicting = units.filter((unit) => degree(unit) > 0);
  const isExact = conflicting.length <= MOST_EXACT;
  const groups = isExact
    ? exactly(conflicting, obstacles)
    : firstFit(
        conflicting.toSorted((one, other) => degree(other) - degree(one)),
        [],
        obstacles,
      );
  const peaceful = units.filter((unit) => degree(unit) === 0);
  const all = firstFit(peaceful, groups, obstacles);
  const least = isExact ? Math.max(1, groups.length) : largestClique(conflicting, obstacles);
  return { groups: all.map(({ members }) => members), isFewest: all.length <= least };
}

/** The size of a set of units that all conflict with each other, as large as is quickly found: each needs a group of its own. */
function largestClique(units: readonly Unit[], { comparison, unsolvable }: Obstacles): number {
  const conflicts = units.map((unit) => {
    const against = new PluginSet(comparison.lists.length);
    for (const plugin of unit) {
      const known = comparison.conflicts[plugin];
      if (known !== undefined) against.addAll(known);
      for (const together of unsolvable)
        if (together.size === 2 && together.has(plugin)) for (const other of together) against.add(other);
    }
    return against;
  });
  const collide = (one: number, other: number): boolean =>
    units[other]?.some((plugin) => conflicts[one]?.has(plugin)) === true;
  const degree = conflicts.map((_, one) => units.filter((__, other) => other !== one && collide(one, other)).length);
  const byDegree = [...units.keys()].toSorted((one, other) => (degree[other] ?? 0) - (degree[one] ?? 0));
  let largest = 0;
  for (const first of byDegree.slice(0, MOST_STARTS)) {
    const clique = [first];
    for (const unit of byDegree)
      if (unit !== first && clique.every((member) => collide(member, unit))) clique.push(unit);
    largest = Math.max(largest, clique.length);
  }
  return largest;
}

interface Group {
  readonly members: number[];
  /** The members once more, for a quick comparison with the conflicts of another plugin. */
  readonly set: PluginSet;
  readonly wants: CommonWants;
}

function firstFit(units: readonly Unit[], begun: readonly Group[], obstacles: Obstacles): Group[] {
  const { comparison } = obstacles;
  const groups = [...begun];
  for (const unit of units) {
    const taker = groups.find(
      ({ members, set, wants }) =>
        !unit.some((plugin) => comparison.conflicts[plugin]?.meets(set) === true) &&
        !isUnsolvable([...members, ...unit], obstacles.unsolvable) &&
        wants.join(unit),
    );
    if (taker === undefined) groups.push(groupOf(unit, obstacles));
    else {
      taker.members.push(...unit);
      for (const plugin of unit) taker.set.add(plugin);
    }
  }
  return groups;
}

/** Finds the fewest groups of each subset by dynamic programming: the last group is any part that can share. */
function exactly(units: readonly Unit[], obstacles: Obstacles): Group[] {
  const subsets = 1 << units.length;
  const sharing: (CommonWants | undefined)[] = [new CommonWants(obstacles.comparison)];
  const fewest = new Uint8Array(subsets);
  const last = new Uint32Array(subsets);
  const membersOf = (subset: number): number[] => units.filter((_, bit) => (subset & (1 << bit)) !== 0).flat();
  for (let subset = 1; subset < subsets; subset += 1) {
    const highest = 31 - Math.clz32(subset);
    const wants = sharing[subset ^ (1 << highest)]?.copy();
    const canShare =
      wants?.join(units[highest] ?? []) === true && !isUnsolvable(membersOf(subset), obstacles.unsolvable);
    sharing[subset] = canShare ? wants : undefined;
    fewest[subset] = 255;
    for (let part = subset; part > 0; part = (part - 1) & subset) {
      // the last group has the highest bit, so that each grouping is tried once
      const isAlone = part === 1 << highest;
      if ((part & (1 << highest)) === 0 || (sharing[part] === undefined && !isAlone)) continue;
      const groups = (fewest[subset ^ part] ?? 0) + 1;
      if (groups >= (fewest[subset] ?? 255)) continue;
      fewest[subset] = groups;
      last[subset] = part;
    }
  }
  const groups: Group[] = [];
  for (let left = subsets - 1; left > 0; left ^= last[left] ?? left)
    groups.push(groupOf(membersOf(last[left] ?? left), obstacles));
  return groups;
}

function groupOf(members: readonly number[], { comparison }: Obstacles): Group {
  const wants = new CommonWants(comparison);
  wants.join(members);
  return { members: [...members], set: new PluginSet(comparison.lists.length, members), wants };
}

/** Whether a set without a solution is among these. */
export function isUnsolvable(members: readonly number[], unsolvable: Obstacles['unsolvable']): boolean {
  return unsolvable.some((together) => [...together].every((plugin) => members.includes(plugin)));
}
