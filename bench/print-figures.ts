import { describeGoal, type Figure } from './figure.ts';

/** Prints a table of the figures, and below it what each of them is. */
export function printFigures(figures: readonly Figure[]): void {
  const rows = figures.map((figure) => [
    figure.name,
    format(figure.value),
    describeGoal(figure, format) || '-',
    `${format(figure.ours.p50)} / ${format(figure.ours.p99)}`,
    figure.floor === undefined ? '-' : `${format(figure.floor.p50)} / ${format(figure.floor.p99)}`,
  ]);
  const table = [['figure', 'value', 'goal', 'ours p50 / p99', 'floor p50 / p99'], ...rows];
  const widths = table[0]?.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0))) ?? [];
  for (const row of table)
    console.log(
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    );
  console.log();
  for (const { name, what } of figures) console.log(`${name}: ${what}`);
}

/** Such as `warm_call_p50_ratio 1.44 (≤ 1.3, **missed**)`. */
export function figureLine(figure: Figure): string {
  const goal = describeGoal(figure, format);
  return `  ${figure.name} ${format(figure.value)}${goal === '' ? '' : ` (${goal})`}`;
}

function format(value: number): string {
  return value >= 1000 ? String(Math.round(value)) : value.toFixed(value >= 100 ? 1 : 2);
}
