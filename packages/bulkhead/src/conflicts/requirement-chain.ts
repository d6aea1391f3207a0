import { parseSpecifiers } from '../requirements/specifier.ts';
import { VersionSet } from '../requirements/version-set.ts';
import type { Need } from './resolver.ts';

type Way = readonly Need[];

/**
 * Tells in one line who needs what through whom: `a needs x==1, which needs numpy<2; b needs numpy>=2`. Where a need is known of
 * some of the versions that are asked for, the line says so. Undefined when the known needs lead to no package that all want.
 */
export function requirementChain(plugins: readonly string[], needs: readonly Need[]): string | undefined {
  let found: readonly Way[] | undefined;
  for (const known of bestFirst(needs)) {
    const chains = chainsOf(plugins, known);
    const clash = chains.find(endsClash);
    found = clash ?? found ?? chains[0];
    if (clash !== undefined) break;
  }
  return found?.map((way, index) => sentence(plugins[index] ?? '', way)).join('; ');
}

/** Tells how one plugin comes to need a package. */
export function wayTo(name: string | undefined, plugin: string, needs: readonly Need[]): string | undefined {
  if (name === undefined) return undefined;
  const way = bestFirst(needs)
    .map((known) => waysOf(plugin, known).get(name))
    .find((each) => each !== undefined);
  return way === undefined ? undefined : sentence(plugin, way);
}

interface KnownNeeds {
  readonly needs: readonly Need[];
  /** Whether a need counts that is known of some of the versions asked for. */
  readonly isLax: boolean;
}

/** Steps that hold for all that is asked for come before what is concluded of them, and that before what holds for some versions. */
function bestFirst(needs: readonly Need[]): KnownNeeds[] {
  const steps = needs.filter(({ isConcluded }) => !isConcluded);
  // the last conclusion is about the most versions
  const concluded = needs.filter(({ isConcluded }) => isConcluded).toReversed();
  return [
    { needs: steps, isLax: false },
    { needs: [...steps, ...concluded], isLax: false },
    { needs: [...concluded, ...steps], isLax: true },
  ];
}

/** For each package that all the plugins want, their ways to it, the shortest first. */
function chainsOf(plugins: readonly string[], known: KnownNeeds): Way[][] {
  const ways = plugins.map((plugin) => waysOf(plugin, known));
  const shared = [...(ways[0]?.keys() ?? [])].filter((name) => ways.every((way) => way.has(name)));
  return (
    shared
      .map((name) => ways.flatMap((way) => [way.get(name) ?? []]))
      // where all want the same versions, they agree
      .filter((chain) => new Set(chain.map((way) => way.at(-1)?.what)).size > 1)
      .toSorted((one, other) => one.flat().length - other.flat().length)
  );
}

function endsClash(chain: readonly Way[]): boolean {
  const ends = chain.map((way) => way.at(-1)?.wants ?? []);
  return ends.some((one, index) =>
    ends.slice(index + 1).some((other) => one.every((left) => other.every((right) => isDisjoint(left, right)))),
  );
}

function isDisjoint(one: string, other: string): boolean {
  const [left, right] = [one, other].map(parseSpecifiers);
  return left !== undefined && right !== undefined && left.isDisjoint(right);
}

/** Whether a need is known of every version that is asked for. */
function holdsForAll({ of }: Need, wants: readonly string[]): boolean {
  const others = of.map((each) => (parseSpecifiers(each) ?? VersionSet.none).complement());
  return wants.every((want) => VersionSet.intersection([parseSpecifiers(want) ?? VersionSet.all, ...others]).isEmpty);
}

function sentence(plugin: string, way: Way): string {
  const steps = way.map((need, index) => {
    const before = way[index - 1];
    if (before === undefined) return ` needs ${need.what}`;
    return holdsForAll(need, before.wants)
      ? `, which needs ${need.what}`
      : `, some versions of which need ${need.what}`;
  });
  return `${plugin}${steps.join('')}`;
}

/** The shortest way from a plugin to each package. */
function waysOf(plugin: string, { needs, isLax }: KnownNeeds): Map<string, Way> {
  const ways = new Map<string, Way>();
  let ends: Way[] = needs.filter(({ who, isPlugin }) => isPlugin && who === plugin).map((need) => [need]);
  while (ends.length > 0) {
    const fresh: Way[] = [];
    for (const way of ends) {
      const name = way.at(-1)?.name ?? '';
      if (ways.has(name)) continue;
      ways.set(name, way);
      fresh.push(way);
    }
    ends = fresh.flatMap((way) => {
      const { name, wants } = way.at(-1) as Need;
      return needs
        .filter((need) => !need.isPlugin && need.who === name && (isLax || holdsForAll(need, wants)))
        .map((need) => [...way, need]);
    });
  }
  return ways;
}
