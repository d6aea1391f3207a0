import type { ConflictReport } from '../../conflicts/conflict-report.ts';

/** The plugins with the most conflicts. */
export interface InTheWay {
  /** At most ten, those with the most conflicts first. */
  readonly plugins: readonly { readonly id: string; readonly conflicts: number }[];
  /** How many of all conflicts would go with the first three. */
  readonly ofFirstThree: number;
}

const MOST_NAMED = 10;

export function inTheWay({ plugins, verdictOn }: Pick<ConflictReport, 'plugins' | 'verdictOn'>): InTheWay {
  const ids = plugins.map(({ id }) => id);
  const against = (id: string, others: readonly string[]): number =>
    others.filter((other) => other !== id && verdictOn(id, other) === 'conflict').length;
  const all = ids
    .map((id) => ({ id, conflicts: against(id, ids) }))
    .filter(({ conflicts }) => conflicts > 0)
    .toSorted((one, other) => other.conflicts - one.conflicts);
  const first = all.slice(0, 3);
  // a conflict between two of them is one, and not two
  const amongThem = first.reduce(
    (count, { id }, index) =>
      count +
      against(
        id,
        first.slice(0, index).map((each) => each.id),
      ),
    0,
  );
  return {
    plugins: all.slice(0, MOST_NAMED),
    ofFirstThree: first.reduce((count, { conflicts }) => count + conflicts, 0) - amongThem,
  };
}
