import type { Tally } from './tally.ts';

/** Writes the counts for people; the last line says whether all is well. */
export function report({ counts, isClean }: Tally): string {
  const { faults, skipped, verified, failed, lost, wrong, left } = counts;
  const orphans = left.filter((text) => text.startsWith('orphan'));
  return [
    `faults injected     ${sum(faults)}: ${listed(faults)}`,
    ...Object.entries(skipped).map(([kind, reason]) => `skipped             ${kind}: ${reason}`),
    `calls verified      ${verified}`,
    `failed with reason  ${sum(failed)}: ${listed(failed)}`,
    `lost ${lost.length}, wrong ${wrong.length}, orphans ${orphans.length}, otherwise left ${left.length - orphans.length}`,
    ...[...lost, ...wrong, ...left].map((text) => `  ${text}`),
    isClean ? 'all is well' : 'NOT WELL',
  ].join('\n');
}

function listed(counts: Readonly<Record<string, number>>): string {
  const byNumber = Object.entries(counts).toSorted(([, left], [, right]) => right - left);
  return byNumber.map(([name, count]) => `${name} ${count}`).join(', ');
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}
