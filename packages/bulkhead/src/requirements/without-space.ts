const SPACE = new Set(' \t\n\r\f\v');

/**
 * Removes the white space that PEP 440 allows around a version; `trim` would remove more. A regular expression that looks for
 * space before the end would try each run of spaces once per space.
 */
export function withoutSpace(text: string): string {
  let [from, to] = [0, text.length];
  while (from < to && SPACE.has(text.charAt(from))) from += 1;
  while (to > from && SPACE.has(text.charAt(to - 1))) to -= 1;
  return text.slice(from, to);
}
