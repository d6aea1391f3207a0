/** How a Node of that version runs TypeScript as it is, by leaving out its types: unasked, if it is told to, or not at all. */
export function typeStripping(version: string): 'unasked' | 'if told' | 'never' {
  const [major = 0, minor = 0] = version.replace(/^v/, '').split('.').map(Number);
  const since = (ofMajor: number, ofMinor: number): boolean => major === ofMajor && minor >= ofMinor;
  if (since(22, 18) || since(23, 6) || major > 23) return 'unasked';
  return since(22, 6) || major > 22 ? 'if told' : 'never';
}

/** Whether a file is one that only a Node runs which strips types. */
export function isTypeScript(file: string): boolean {
  return /\.[cm]?ts$/.test(file);
}
