import type { Need } from './resolver.ts';

/**
 * Who needs what through whom, in one line: `a needs x==1, which needs numpy<2; b needs numpy>=2`. Undefined when the needs
 * that are known lead to no package that all of the plugins want.
 */
export function requirementChain(plugins: readonly string[], needs: readonly Need[]): string | undefined {
  const ways = plugins.map((plugin) => waysOf(plugin, needs));
  const shared = [...(ways[0]?.keys() ?? [])].filter((name) => ways.every((way) => way.has(name)));
  const chains = shared
    .map((name) => ways.flatMap((way) => [way.get(name) ?? []]))
    // all through the same package with the same versions: not where they part
    .filter((paths) => new Set(paths.map((path) => path.at(-1)?.what)).size > 1)
    .toSorted((one, other) => one.flat().length - other.flat().length);
  return chains[0]?.map((path, index) => sentence(plugins[index] ?? '', path)).join('; ');
}

/** The way from one plugin to a package, in words. */
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
