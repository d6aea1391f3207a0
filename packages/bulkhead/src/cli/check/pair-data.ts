import type { Compatibility } from '../../conflicts/compatibility.ts';
import type { ConflictReport } from '../../conflicts/conflict-report.ts';

/** Verdicts and subjects of all pairs, for the page's script. Many pairs disagree about the same, which is written once. */
export interface PairData {
  /** For each plugin a text with one mark for each plugin behind it. */
  readonly verdicts: readonly string[];
  /** `Python` and names of packages. */
  readonly subjects: readonly (readonly string[])[];
  /** For each plugin a row of indexes into `subjects`, one for each plugin behind it. */
  readonly rows: readonly (readonly number[])[];
}

/** As in the text of `bulkhead check`. */
export const MARKS: Readonly<Record<Compatibility['verdict'], string>> = {
  conflict: 'x',
  compatible: '=',
  unknown: '?',
};

export function pairData(
  ids: readonly string[],
  { verdictOn, subjectsOf }: Pick<ConflictReport, 'verdictOn' | 'subjectsOf'>,
): PairData {
  const subjects = new Map<string, { readonly index: number; readonly names: readonly string[] }>();
  const behind = (row: number): readonly string[] => ids.slice(row + 1);
  const rows = ids.map((one, row) =>
    behind(row).map((other) => {
      const names = subjectsOf(one, other);
      const key = names.join('\n');
      const known = subjects.get(key) ?? { index: subjects.size, names };
      subjects.set(key, known);
      return known.index;
    }),
  );
  return {
    verdicts: ids.map((one, row) =>
      behind(row)
        .map((other) => MARKS[verdictOn(one, other)])
        .join(''),
    ),
    subjects: [...subjects.values()].map(({ names }) => names),
    rows,
  };
}
