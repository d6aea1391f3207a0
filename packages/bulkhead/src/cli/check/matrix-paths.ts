import type { Compatibility } from '../../conflicts/compatibility.ts';

type Verdict = Compatibility['verdict'];

/** One path for each verdict over squares of size 1: runs in a row are one rectangle, so that 200 plugins are no 40,000 elements. */
export function matrixPaths(
  ids: readonly string[],
  verdictOn: (one: string, other: string) => Verdict,
): Record<Verdict, string> {
  const paths = { conflict: '', compatible: '', unknown: '' };
  for (const [row, one] of ids.entries()) {
    const verdicts = ids.map((other, column) => (column === row ? undefined : verdictOn(one, other)));
    for (let start = 0; start < ids.length;) {
      const verdict = verdicts[start];
      let end = start + 1;
      while (end < ids.length && verdicts[end] === verdict) end += 1;
      if (verdict !== undefined) paths[verdict] += `M${start} ${row}h${end - start}v1h${start - end}z`;
      start = end;
    }
  }
  return paths;
}
