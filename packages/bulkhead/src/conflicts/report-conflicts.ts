import type {
  BuiltApartReport,
  CheckedPlugin,
  ConflictReport,
  Disagreement,
  GroupReport,
  PairConflictReport,
  PairNotKnown,
  SharedReport,
} from './conflict-report.ts';
import type { Grouping } from './fewest-groups.ts';
import { ownClash, type PackageClass } from './package-classes.ts';
import type { PluginCheck } from './plugin-check.ts';
import type { Resolver } from './resolver.ts';
import { reasonOf } from './resolver-proofs.ts';
import { inWords } from './specifier-reasons.ts';

interface Findings {
  readonly check: PluginCheck;
  readonly grouping: Grouping;
  readonly shared: readonly SharedReport[];
  readonly builtApart: readonly BuiltApartReport[];
  readonly resolver: Resolver | undefined;
}

export function reportOf({ check, grouping, shared, builtApart, resolver }: Findings): ConflictReport {
  const { lists } = check.comparison;
  const idOf = (plugin: number): string => lists[plugin]?.id ?? '';
  const indexes = new Map(lists.map(({ id }, plugin) => [id, plugin]));
  const groups = grouping.groups.map((group) => groupReport(check, group));
  return {
    plugins: lists.map((_, plugin) => checkedPlugin(check, plugin)),
    issues: lists.flatMap(({ issues }) => issues),
    pairs: tally(check),
    disagreements: disagreements(check),
    unsolvable: check.proofs.unsolvable
      .map(({ plugins, conflict: { reasons, words } }) => ({ members: [...plugins], reasons, words }))
      .toSorted((one, other) => byMembers(one.members, other.members))
      .map(({ members, ...rest }) => ({ plugins: members.map(idOf), ...rest })),
    groups,
    isFewest: grouping.isFewest,
    before: environmentsBefore(check, shared),
    after: { environments: groups.length, bytes: total(groups.map(({ packages }) => sizeOf(packages))) },
    builtApart,
    shared,
    isOffline: resolver === undefined,
    stopped: resolver === undefined ? undefined : check.proofs.stopped,
    resolver: resolver?.name,
    between: (plugin, other) => check.between(indexes.get(plugin) ?? -1, indexes.get(other) ?? -1),
    verdictOn: (plugin, other) => check.verdictOn(indexes.get(plugin) ?? -1, indexes.get(other) ?? -1),
    subjectsOf: (plugin, other) => check.subjectsOf(indexes.get(plugin) ?? -1, indexes.get(other) ?? -1),
    unknown: () => unknownPairs(check),
    conflicts: () => conflictsOf(check),
  };
}

/** Answers arrive in any order. */
function byMembers(one: readonly number[], other: readonly number[]): number {
  const difference = one.findIndex((plugin, index) => plugin !== other[index]);
  return (one[difference] ?? 0) - (other[difference] ?? 0);
}

/** Counts today's environments: one for each `share`, and one for each different list of the other plugins. */
function environmentsBefore(check: PluginCheck, shared: readonly SharedReport[]): ConflictReport['before'] {
  if (shared.some(({ verdict }) => verdict === 'conflict')) return { environments: undefined, bytes: undefined };
  const { lists } = check.comparison;
  const environments = new Map<string, number[]>();
  for (const plugin of check.usable()) {
    const { share, key = '' } = lists[plugin] ?? {};
    const name = share === undefined ? `alone ${key}` : `share ${share}`;
    environments.set(name, [...(environments.get(name) ?? []), plugin]);
  }
  const sizes = [...environments].map(([name, plugins]) => {
    const resolution = check.proofs.resolutionOf(name.startsWith('share ') ? plugins : plugins.slice(0, 1));
    return resolution?.outcome === 'resolved' ? sizeOf(resolution.packages) : undefined;
  });
  return { environments: environments.size, bytes: total(sizes) };
}

function tally(check: PluginCheck): ConflictReport['pairs'] {
  const pairs = { conflict: 0, compatible: 0, unknown: 0 };
  const count = check.comparison.lists.length;
  for (let plugin = 0; plugin < count; plugin += 1)
    for (let other = plugin + 1; other < count; other += 1) pairs[check.verdictOn(plugin, other)] += 1;
  return pairs;
}

function* conflictsOf(check: PluginCheck): Generator<PairConflictReport> {
  const { lists } = check.comparison;
  for (const [plugin, other] of allPairs(check)) {
    if (check.verdictOn(plugin, other) !== 'conflict') continue;
    const between = check.between(plugin, other);
    if (between.verdict === 'conflict')
      yield { plugins: [lists[plugin]?.id ?? '', lists[other]?.id ?? ''], ...between };
  }
}

function* unknownPairs(check: PluginCheck): Generator<PairNotKnown> {
  const { lists } = check.comparison;
  for (const [plugin, other] of allPairs(check)) {
    if (check.verdictOn(plugin, other) !== 'unknown') continue;
    const between = check.between(plugin, other);
    if (between.verdict === 'unknown')
      yield { plugins: [lists[plugin]?.id ?? '', lists[other]?.id ?? ''], reason: between.reason };
  }
}

function* allPairs({ comparison: { lists } }: PluginCheck): Generator<readonly [number, number]> {
  for (const plugin of lists.keys())
    for (let other = plugin + 1; other < lists.length; other += 1) yield [plugin, other];
}

function checkedPlugin(check: PluginCheck, plugin: number): CheckedPlugin {
  const { id = '', wantedPython = '' } = check.comparison.lists[plugin] ?? {};
  const alone = check.proofs.alone.get(plugin);
  const known = { id, wantedPython, alone: undefined, reason: undefined, words: undefined };
  if (alone?.outcome === 'resolved')
    return { ...known, state: 'resolved', alone: { python: alone.python, packages: alone.packages } };
  if (alone?.outcome === 'unsolvable') {
    return {
      ...known,
      state: 'impossible',
      reason: `${reasonOf([id], alone)}${asOfDay(check, plugin)}`,
      words: alone.words,
    };
  }
  const impossible = whyImpossible(check, plugin);
  if (impossible !== undefined) return { ...known, state: 'impossible', reason: impossible };
  return { ...known, state: 'unknown', reason: alone?.reason };
}

function asOfDay({ comparison }: PluginCheck, plugin: number): string {
  const day = comparison.lists[plugin]?.asOf;
  return day === undefined ? '' : ` (as of ${day.slice(0, 10)})`;
}

function whyImpossible({ comparison }: PluginCheck, plugin: number): string | undefined {
  if (comparison.usable[plugin] !== 0n) return undefined;
  const impossible = comparison.wantsOf(plugin).find((wants) => ownClash(wants) !== 0n);
  if (impossible !== undefined) return `no version of ${impossible.name} is ${inWords(impossible)}`;
  return `no Python from 3.9 on is ${comparison.lists[plugin]?.wantedPython ?? ''}`;
}

function groupReport(check: PluginCheck, group: readonly number[]): GroupReport {
  const plugins = group.map((plugin) => check.comparison.lists[plugin]?.id ?? '');
  const resolution = check.proofs.resolutionOf(group);
  const isProved = resolution?.outcome === 'resolved';
  return {
    plugins,
    proof: group.length === 1 ? 'alone' : isProved ? 'resolved' : 'specifiers',
    python: isProved ? resolution.python : undefined,
    packages: isProved ? resolution.packages : undefined,
    reason: resolution?.outcome === 'failed' ? resolution.reason : undefined,
  };
}

/** Lists, for each package that makes a pair conflict, which plugins want what. */
function disagreements({ comparison }: PluginCheck): Disagreement[] {
  const { lists } = comparison;
  const idsOf = (plugins: Iterable<number>): string[] =>
    [...plugins].toSorted((one, other) => one - other).map((plugin) => lists[plugin]?.id ?? '');
  const packages = [...sidesByPackage(comparison)].map(([about, sides]) => ({
    about,
    sides: [...sides]
      .filter(([, members]) => members.size > 0)
      .map(([wants, members]) => ({ wants: inWords(wants), plugins: idsOf(members) })),
  }));
  const weight = ({ sides }: Disagreement): number => sides.reduce((all, { plugins }) => all + plugins.length, 0);
  return [
    ...aboutPython(comparison, idsOf),
    ...packages.filter(({ sides }) => sides.length > 1).toSorted((one, other) => weight(other) - weight(one)),
  ];
}

type Comparison = PluginCheck['comparison'];

/** Puts plugins on sides. A clash in some Pythons only counts for plugins whose other requirements leave no other Python. */
function sidesByPackage({ clashes, conflicts, usable, grid }: Comparison): Map<string, Map<PackageClass, Set<number>>> {
  const sides = new Map<string, Map<PackageClass, Set<number>>>();
  const runs = usable.map((pythons) => pythons !== 0n);
  const live = new Map<PackageClass, boolean>();
  const isLive = (wants: PackageClass): boolean => {
    const known = live.get(wants) ?? wants.members.some((plugin) => runs[plugin]);
    live.set(wants, known);
    return known;
  };
  for (const { one, other, pythons } of clashes) {
    const isTotal = pythons === grid.all;
    for (const [wants, against] of [
      [one, other],
      [other, one],
    ] as const) {
      if (!isLive(against)) continue;
      const known = sides.get(wants.name) ?? new Map<PackageClass, Set<number>>();
      const members = known.get(wants) ?? new Set<number>();
      sides.set(wants.name, known.set(wants, members));
      if (members.size === wants.members.length) continue;
      for (const plugin of wants.members)
        if (runs[plugin] && (isTotal || against.members.some((each) => runs[each] && conflicts[plugin]?.has(each))))
          members.add(plugin);
    }
  }
  return sides;
}

function aboutPython(
  { lists, usable, grid }: Comparison,
  idsOf: (plugins: Iterable<number>) => string[],
): Disagreement[] {
  const sides = new Map<bigint, number[]>();
  for (const [plugin, pythons] of usable.entries())
    if (pythons !== 0n) sides.set(pythons, [...(sides.get(pythons) ?? []), plugin]);
  const apart = [...sides].filter(([pythons]) => [...sides.keys()].some((other) => (pythons & other) === 0n));
  if (apart.length === 0 || lists.length === 0) return [];
  const series = apart.map(([pythons]) => grid.describe(pythons));
  // two releases of one series differ only in the words that ask for them
  const asAsked = (plugins: readonly number[]): string =>
    [...new Set(plugins.map((plugin) => lists[plugin]?.wantedPython ?? ''))].join(' or ');
  const sideOf = ([, plugins]: (typeof apart)[number], index: number): Disagreement['sides'][number] => {
    const own = series[index] ?? '';
    const isShared = series.filter((each) => each === own).length > 1;
    return { wants: isShared ? asAsked(plugins) : own, plugins: idsOf(plugins) };
  };
  return [{ about: 'Python', sides: apart.map(sideOf) }];
}

function sizeOf(packages: readonly { readonly size: number | undefined }[] | undefined): number | undefined {
  return packages === undefined ? undefined : total(packages.map(({ size }) => size));
}

function total(sizes: readonly (number | undefined)[]): number | undefined {
  return sizes.reduce<number | undefined>(
    (all, size) => (all === undefined || size === undefined ? undefined : all + size),
    0,
  );
}
