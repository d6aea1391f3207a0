const SPACE = new Set(' \t\n\r\f\v');

/**
 * Without the white space around `text` that PEP 440 lets a version have; `trim` takes more. Not by a regular expression: one
 * that looks for space before the end tries each run of spaces again and again.
 */
export function withoutSpace(text: string): string {
  let [from, to] = [0, text.length];
  while (from < to && SPACE.has(text.charAt(from))) from += 1;
  while (to > from && SPACE.has(text.charAt(to - 1))) to -= 1;
  return text.slice(from, to);
}
