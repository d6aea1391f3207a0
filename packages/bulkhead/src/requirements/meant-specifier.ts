import { parseSpecifiers } from './specifier.ts';

/**
 * The specifier of PEP 440 for what other tools understand, such as `=1.2`, `^1.2` and `1.2+`, and for what people write by
 * mistake: `>=1 <2`, `=>1`, quotation marks. Undefined for anything else.
 */
export function meantSpecifier(written: string): string | undefined {
  const bare = /^(["'])(.*)\1$/.exec(written)?.[2]?.trim() ?? written;
  const clauses = bare.split(/[ \t]+(?=[~=!<>^])/).map((clause) => clause.replace(/^=([<>])/, '$1='));
  const meant = clauses.map((clause) => {
    const plain = clause.replace(/[ \t]+/g, '');
    return plain !== '' && parseSpecifiers(plain) !== undefined ? plain : meantClause(clause);
  });
  return meant.includes(undefined) || meant.join() === written ? undefined : meant.join();
}

function meantClause(written: string): string | undefined {
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
