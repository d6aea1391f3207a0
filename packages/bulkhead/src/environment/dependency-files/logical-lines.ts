/** A line of a requirements file as pip understands it: joined at backslashes, without its comment. */
export interface LogicalLine {
  readonly text: string;
  /** 1-based, of its first line in the file. */
  readonly line: number;
  /** 1-based, of its first character. */
  readonly column: number;
}

/**
 * Splits the text of a requirements file (pip's documentation, "Requirements File Format"). Empty lines are left out. One by one,
 * so that whoever has read enough can stop.
 */
export function* logicalLines(text: string): Generator<LogicalLine> {
  let begun: { parts: string[]; line: number } | undefined;
  let line = 0;
  for (const [whole, physical = '', end] of text.matchAll(/([^\r\n]*)(\r\n|\r|\n|$)/g)) {
    if (whole === '') break;
    line += 1;
    // a comment ends with its line, whatever its last character is
    const comment = /(?:^|\s)#/.exec(physical);
    const content = comment === null ? physical : physical.slice(0, comment.index);
    begun ??= { parts: [], line };
    begun.parts.push(content.endsWith('\\') ? content.slice(0, -1) : content);
    if (comment === null && content.endsWith('\\') && end !== '') continue;
    const found = joined(begun);
    if (found !== undefined) yield found;
    begun = undefined;
  }
  const last = begun === undefined ? undefined : joined(begun);
  if (last !== undefined) yield last;
}

function joined({
  parts,
  line,
}: {
  readonly parts: readonly string[];
  readonly line: number;
}): LogicalLine | undefined {
  const [first = ''] = parts;
  const text = parts.join('').trim();
  return text === '' ? undefined : { text, line, column: first.length - first.trimStart().length + 1 };
}
