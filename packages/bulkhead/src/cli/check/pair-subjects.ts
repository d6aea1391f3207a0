import type { ConflictReport } from '../../conflicts/conflict-report.ts';

/** What each pair disagrees about. Many pairs disagree about the same, which is written once. */
export interface PairSubjects {
  /** `Python` and names of packages. */
  readonly subjects: readonly (readonly string[])[];
  /** For each plugin a row of indexes into `subjects`, one for each plugin behind it. */
  readonly rows: readonly (readonly number[])[];
}

export function pairSubjects(ids: readonly string[], { subjectsOf }: Pick<ConflictReport, 'subjectsOf'>): PairSubjects {
  const subjects = new Map<string, { readonly index: number; readonly names: readonly string[] }>();
  const rows = ids.map((one, row) =>
    ids.slice(row + 1).map((other) => {
      const names = subjectsOf(one, other);
      const key = names.join('\n');
      const known = subjects.get(key) ?? { index: subjects.size, names };
      subjects.set(key, known);
      return known.index;
    }),
  );
  return { subjects: [...subjects.values()].map(({ names }) => names), rows };
}
