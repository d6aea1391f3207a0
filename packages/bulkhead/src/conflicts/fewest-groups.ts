import { CommonWants } from './common-wants.ts';
import type { SpecifierComparison } from './specifier-comparison.ts';

/** Plugins, by their indexes, in as few groups as possible, each of which may share an environment. */
export interface Grouping {
  readonly groups: readonly (readonly number[])[];
  /** Whether there are no fewer; otherwise the grouping is a good one. */
  readonly isFewest: boolean;
}

/** What may not be in one group. */
export interface Obstacles {
  readonly comparison: SpecifierComparison;
  /** Plugins that a resolver found no solution for, together. */
  readonly unsolvable: readonly ReadonlySet<number>[];
  /** What plugins have in common that share: others don't, whatever they want. */
  kindOf(plugin: number): string;
}

/** Every subset of so many plugins can be looked at in no time. */
const MOST_EXACT = 12;

/**
 * Groups `plugins`. Up to twelve that conflict with something: exactly, over all their subsets. More: those with the most
 * conflicts first, each into the first group that takes it. Those without conflicts follow in the same way.
 */
export function fewestGroups(plugins: readonly number[], obstacles: Obstacles): Grouping {
  const kinds = [...new Set(plugins.map((plugin) => obstacles.kindOf(plugin)))];
  const parts = kinds.map((kind) =>
    groupsOfOneKind(
      plugins.filter((plugin) => obstacles.kindOf(plugin) === kind),
      obstacles,
    ),
  );
  const order = (group: readonly number[]): number => Math.min(...group);
  return {
    groups: parts
      .flatMap(({ groups }) => groups)
      .map((group) => group.toSorted((one, other) => one - other))
      .toSorted((one, other) => order(one) - order(other)),
    isFewest: parts.every(({ isFewest }) => isFewest),
  };
}

function groupsOfOneKind(plugins: readonly number[], obstacles: Obstacles): Grouping {
  const conflictsOf = (plugin: number): number =>
    plugins.filter((other) => obstacles.comparison.conflicts[plugin]?.has(other)).length +
    obstacles.unsolvable.filter((together) => together.has(plugin)).length;
  const degrees = new Map(plugins.map((plugin) => [plugin, conflictsOf(plugin)]));
  const degree = (plugin: number): number => degrees.get(plugin) ?? 0;
  const conflicting = plugins.filter((plugin) => degree(plugin) > 0);
  const isExact = conflicting.length <= MOST_EXACT;
  const groups = isExact
    ? exactly(conflicting, obstacles)
    : firstFit(
        conflicting.toSorted((one, other) => degree(other) - degree(one)),
        [],
        obstacles,
      );
  const most = Math.max(1, groups.length);
  const all = firstFit(
    plugins.filter((plugin) => degree(plugin) === 0),
    groups,
    obstacles,
  );
  return { groups: all.map(({ members }) => members), isFewest: isExact && all.length <= most };
}

interface Group {
  readonly members: number[];
  readonly wants: CommonWants;
}

function firstFit(plugins: readonly number[], begun: readonly Group[], obstacles: Obstacles): Group[] {
  const groups = [...begun];
  for (const plugin of plugins) {
    const taker = groups.find(
      ({ members, wants }) => !isUnsolvable([...members, plugin], obstacles) && wants.join(plugin),
    );
    if (taker !== undefined) taker.members.push(plugin);
    else
      groups.push(newGroup([plugin], obstacles) ?? { members: [plugin], wants: new CommonWants(obstacles.comparison) });
  }
  return groups;
}

/** Dynamic programming: of each subset the fewest groups, the last of which is any part of it that can share. */
function exactly(plugins: readonly number[], obstacles: Obstacles): Group[] {
  const subsets = 1 << plugins.length;
  const sharing: (CommonWants | undefined)[] = [new CommonWants(obstacles.comparison)];
  const fewest = new Uint8Array(subsets);
  const last = new Uint32Array(subsets);
  const membersOf = (subset: number): number[] => plugins.filter((_, bit) => (subset & (1 << bit)) !== 0);
  for (let subset = 1; subset < subsets; subset += 1) {
    const highest = 31 - Math.clz32(subset);
    const wants = sharing[subset ^ (1 << highest)]?.copy();
    const canShare = wants?.join(plugins[highest] ?? 0) === true && !isUnsolvable(membersOf(subset), obstacles);
    sharing[subset] = canShare ? wants : undefined;
    fewest[subset] = 255;
    // the group with the highest bit, so that each grouping is looked at once
    for (let part = subset; part > 0; part = (part - 1) & subset) {
      if ((part & (1 << highest)) === 0) continue;
      const isAlone = part === 1 << highest;
      const groups = (fewest[subset ^ part] ?? 0) + 1;
      if ((sharing[part] !== undefined || isAlone) && groups < (fewest[subset] ?? 255)) {
        fewest[subset] = groups;
        last[subset] = part;
      }
    }
  }
  const groups: Group[] = [];
  for (let left = subsets - 1; left > 0; left ^= last[left] ?? left) {
    const members = membersOf(last[left] ?? left);
    groups.push({ members, wants: sharing[last[left] ?? left] ?? new CommonWants(obstacles.comparison) });
  }
  return groups;
}

function newGroup(members: number[], { comparison }: Obstacles): Group | undefined {
  const wants = new CommonWants(comparison);
  return members.every((plugin) => wants.join(plugin)) ? { members, wants } : undefined;
}

function isUnsolvable(members: readonly number[], { unsolvable }: Obstacles): boolean {
  return unsolvable.some((together) => [...together].every((plugin) => members.includes(plugin)));
}
