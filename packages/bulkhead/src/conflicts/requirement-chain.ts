import type { Need } from './resolver.ts';

/**
 * Tells in one line who needs what through whom: `a needs x==1, which needs numpy<2; b needs numpy>=2`. Undefined when the
 * known needs lead to no package that all the plugins want.
 */
export function requirementChain(plugins: readonly string[], needs: readonly Need[]): string | undefined {
  const ways = plugins.map((plugin) => waysOf(plugin, needs));
  const shared = [...(ways[0]?.keys() ?? [])].filter((name) => ways.every((way) => way.has(name)));
  const chains = shared
    .map((name) => ways.flatMap((way) => [way.get(name) ?? []]))
    // where all want the same versions, they agree
    .filter((paths) => new Set(paths.map((path) => path.at(-1)?.what)).size > 1)
    .toSorted((one, other) => one.flat().length - other.flat().length);
  return chains[0]?.map((path, index) => sentence(plugins[index] ?? '', path)).join('; ');
}

/** Tells how one plugin comes to need a package. */
export function wayTo(name: string | undefined, plugin: string, needs: readonly Need[]): string | undefined {
  const way = name === undefined ? undefined : waysOf(plugin, needs).get(name);
  return way === undefined ? undefined : sentence(plugin, way);
}

function sentence(plugin: string, path: readonly Need[]): string {
  return `${plugin} needs ${path.map(({ what }) => what).join(', which needs ')}`;
}

/** The shortest way from a plugin to each package. */
function waysOf(plugin: string, needs: readonly Need[]): Map<string, readonly Need[]> {
  const ways = new Map<string, readonly Need[]>();
  let ends: (readonly Need[])[] = needs.filter(({ who, isPlugin }) => isPlugin && who === plugin).map((need) => [need]);
  while (ends.length > 0) {
    const fresh = ends.filter((path) => !ways.has(path.at(-1)?.name ?? ''));
    for (const path of fresh) ways.set(path.at(-1)?.name ?? '', path);
    ends = fresh.flatMap((path) =>
      needs.filter(({ who, isPlugin }) => !isPlugin && who === path.at(-1)?.name).map((need) => [...path, need]),
    );
  }
  return ways;
}
