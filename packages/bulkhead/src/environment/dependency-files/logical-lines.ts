/** A line of a requirements file as pip understands it: joined at backslashes, without its comment. */
export interface LogicalLine {
  readonly text: string;
  /** 1-based, of its first line in the file. */
  readonly line: number;
  /** 1-based, of its first character. */
  readonly column: number;
}

/** Splits the text of a requirements file (pip's documentation, "Requirements File Format"). Empty lines are left out. */
export function logicalLines(text: string): LogicalLine[] {
  const found: LogicalLine[] = [];
  let begun: { parts: string[]; line: number } | undefined;
  const lines = text.split(/\r\n|\r|\n/);
  for (const [index, physical] of lines.entries()) {
    // a comment ends with its line, whatever its last character is
    const comment = /(?:^|\s)#/.exec(physical);
    const content = comment === null ? physical : physical.slice(0, comment.index);
    begun ??= { parts: [], line: index + 1 };
    const goesOn = comment === null && content.endsWith('\\') && index < lines.length - 1;
    begun.parts.push(content.endsWith('\\') ? content.slice(0, -1) : content);
    if (goesOn) continue;
    const [first = ''] = begun.parts;
    const joined = begun.parts.join('').trim();
    if (joined !== '')
      found.push({ text: joined, line: begun.line, column: first.length - first.trimStart().length + 1 });
    begun = undefined;
  }
  return found;
}
