/** The specifier of PEP 440 for what other tools understand: `=1.2`, `1.2`, `^1.2`, `~1.2`, `1.2+`. Undefined for anything else. */
export function meantSpecifier(written: string): string | undefined {
  const [, operator, version = '', plus] = /^(=|\^|~|)[ \t]*v?(\d+(?:\.\d+)*)(\+?)$/.exec(written) ?? [];
  if (operator === undefined) return undefined;
  if (plus === '+') return `>=${version}`;
  const numbers = version.split('.').map(Number);
  if (operator === '~')
    return numbers.length === 1 ? `==${version}.*` : `~=${version}${numbers.length === 2 ? '.0' : ''}`;
  if (operator !== '^') return `==${version}`;
  const significant = numbers.findIndex((number) => number > 0);
  const last = significant === -1 ? numbers.length - 1 : significant;
  const next = numbers.slice(0, last + 1).map((number, index) => (index === last ? number + 1 : number));
  return `>=${version},<${next.join('.')}`;
}
