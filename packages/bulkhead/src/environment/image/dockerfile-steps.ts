/** Where the instructions of a Dockerfile begin: 1-based lines, in order. The classic builder counts them as its steps. */
export function instructionLines(text: string): readonly number[] {
  const lines: number[] = [];
  let isContinued = false;
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const written = line.trim();
    if (written === '' || written.startsWith('#')) continue; // also within an instruction
    if (!isContinued) lines.push(index + 1);
    isContinued = written.endsWith('\\');
  }
  return lines;
}
