/** Lines that are compared one by one; of more only the beginning and the end that are equal are found. */
const MOST_COMPARED = 2_000;

/** The lines that make one text the other: `- gone`, `+ new`, and nothing if they are equal. */
export function lineDifference(before: string, after: string): readonly string[] {
  const [old, new_] = [before.split('\n'), after.split('\n')];
  let start = 0;
  while (start < old.length && start < new_.length && old[start] === new_[start]) start += 1;
  let end = 0;
  const most = Math.min(old.length, new_.length) - start;
  while (end < most && old.at(-1 - end) === new_.at(-1 - end)) end += 1;
  const [gone, added] = [old.slice(start, old.length - end), new_.slice(start, new_.length - end)];
  if (gone.length > MOST_COMPARED || added.length > MOST_COMPARED) return [...gone.map(lost), ...added.map(gained)];
  return difference(gone, added);
}

/** By the longest common subsequence of lines. */
function difference(gone: readonly string[], added: readonly string[]): readonly string[] {
  const width = added.length + 1;
  const lengths = new Uint16Array((gone.length + 1) * width);
  const at = (row: number, column: number): number => lengths[row * width + column] ?? 0;
  for (let row = gone.length - 1; row >= 0; row -= 1)
    for (let column = added.length - 1; column >= 0; column -= 1)
      lengths[row * width + column] =
        gone[row] === added[column] ? at(row + 1, column + 1) + 1 : Math.max(at(row + 1, column), at(row, column + 1));
  const lines: string[] = [];
  let [row, column] = [0, 0];
  while (row < gone.length || column < added.length) {
    if (row < gone.length && gone[row] === added[column]) [row, column] = [row + 1, column + 1];
    else if (column >= added.length || (row < gone.length && at(row + 1, column) >= at(row, column + 1)))
      lines.push(lost(gone[row++] ?? ''));
    else lines.push(gained(added[column++] ?? ''));
  }
  return lines;
}

function lost(line: string): string {
  return `- ${line}`;
}

function gained(line: string): string {
  return `+ ${line}`;
}
