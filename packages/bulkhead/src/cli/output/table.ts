import { visibleLine } from '../../lifecycle/visible-text.ts';

/** A cell, and how it is coloured: after it was padded, since colours have no width. */
export type Cell = string | { readonly text: string; readonly colour: (text: string) => string };

const GAP = '  ';

/** Rows in columns as wide as their widest cell; the last column is not padded. */
export function table(rows: readonly (readonly Cell[])[]): string {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, textOf(cell).length);
  }
  const lines = rows.map((row) =>
    row
      .map((cell, column) => padded(cell, column === row.length - 1 ? 0 : (widths[column] ?? 0)))
      .join(GAP)
      .trimEnd(),
  );
  return lines.map((line) => `${line}\n`).join('');
}

function padded(cell: Cell, width: number): string {
  const text = textOf(cell).padEnd(width);
  return typeof cell === 'string' ? text : cell.colour(text);
}

/** On one line, whatever a plugin or a file has put into it. */
function textOf(cell: Cell): string {
  return visibleLine(typeof cell === 'string' ? cell : cell.text).replaceAll('\t', ' ');
}
