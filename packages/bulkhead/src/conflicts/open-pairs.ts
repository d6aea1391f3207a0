import { CommonWants } from './common-wants.ts';
import { isUnsolvable, type Obstacles } from './fewest-groups.ts';

/** What speaks against sharing. */
type Known = Pick<Obstacles, 'comparison' | 'unsolvable'>;

/** Pairs of plugins, by their indexes. */
export type Pairs = readonly (readonly [number, number])[];

/**
 * Sets of plugins that may share, for as few questions as possible: a set that resolves answers all its pairs at once. Those that
 * answer the most come first.
 *
 * @param pairs of plugins of one kind each, of which nothing is known; each is in one of the sets
 * @param most how many plugins a set may have, at least two
 */
export function setsOfPairs(pairs: Pairs, obstacles: Known, most: number): number[][] {
  const open = new OpenPairs(pairs);
  const sets: { readonly members: number[]; readonly answers: number }[] = [];
  for (let first = open.busiest(); first !== undefined; first = open.busiest()) {
    const members = largestAround(first, open, obstacles, most);
    sets.push({ members, answers: open.close(members) });
  }
  return sets.toSorted((one, other) => other.answers - one.answers).map(({ members }) => members);
}

class OpenPairs {
  readonly #partners = new Map<number, Set<number>>();

  constructor(pairs: Pairs) {
    for (const [one, other] of pairs) {
      this.of(one).add(other);
      this.of(other).add(one);
    }
  }

  /** Those with whom its pair is open. */
  of(plugin: number): Set<number> {
    const known = this.#partners.get(plugin) ?? new Set<number>();
    this.#partners.set(plugin, known);
    return known;
  }

  /** The plugin with the most open pairs. */
  busiest(): number | undefined {
    let [found, most]: [number | undefined, number] = [undefined, 0];
    for (const [plugin, { size }] of this.#partners) if (size > most) [found, most] = [plugin, size];
    return found;
  }

  /** @returns how many pairs of these were open */
  close(members: readonly number[]): number {
    let closed = 0;
    for (const plugin of members) for (const other of members) if (this.of(plugin).delete(other)) closed += 1;
    return closed / 2;
  }
}

/** Begins with an open pair, and adds whoever has the most open pairs with the members, unless something known speaks against it. */
function largestAround(first: number, open: OpenPairs, { comparison, unsolvable }: Known, most: number): number[] {
  const wants = new CommonWants(comparison);
  const members = [first];
  wants.join(members);
  const gains = new Map([...open.of(first)].map((plugin) => [plugin, 1]));
  while (gains.size > 0 && members.length < most) {
    const [next] = [...gains].reduce((best, each) => (each[1] > best[1] ? each : best));
    gains.delete(next);
    const fits =
      !members.some((member) => comparison.conflicts[member]?.has(next)) &&
      !isUnsolvable([...members, next], unsolvable) &&
      wants.join([next]);
    if (members.length > 1 && !fits) continue;
    members.push(next);
    for (const plugin of open.of(next)) if (gains.has(plugin)) gains.set(plugin, (gains.get(plugin) ?? 0) + 1);
  }
  return members.toSorted((one, other) => one - other);
}
