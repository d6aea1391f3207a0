/**
 * Python versions against what asks for them. Only release numbers are compared, as PEP 440 does it for
 * `requires-python` in practice: 3.14.0rc1 counts as 3.14.0. Upper bounds count.
 */

/** Such as `3.11.7`. Undefined when `text` does not begin with one. */
export function releaseOf(text: string): readonly number[] | undefined {
  const match = /^v?(\d+(?:\.\d+)*)/.exec(text.trim());
  return match?.[1]?.split('.').map(Number);
}

export function compareReleases(left: readonly number[], right: readonly number[]): number {
  for (let index = 0; index < Math.max(left.length, right.length); index += 1) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/**
 * Whether `version` is what `wanted` asks for: a version (`3.11` is any 3.11, `3.11.7` that one), `3.11.*`, or a list of
 * specifiers such as `>=3.10,<3.13`. Undefined when `wanted` is none of these.
 */
export function fitsPython(version: string, wanted: string): boolean | undefined {
  const release = releaseOf(version);
  if (release === undefined) return undefined;
  const clauses = wanted
    .split(',')
    .map((clause) => clause.trim())
    .filter((clause) => clause !== '');
  const verdicts = clauses.map((clause) => fitsClause(release, clause));
  if (verdicts.includes(undefined)) return undefined;
  return !verdicts.includes(false);
}

function fitsClause(release: readonly number[], clause: string): boolean | undefined {
  const match = /^(===?|~=|!=|<=?|>=?)?\s*(\d+(?:\.\d+)*)(\.\*)?(?:\.?(?:a|b|rc|dev|post)\d*)?$/.exec(clause);
  if (match === null) return undefined;
  const [, operator = '', text = '', wildcard] = match;
  const bound = text.split('.').map(Number);
  const order = compareReleases(release, bound);
  const startsWith = bound.every((part, index) => release[index] === part);
  switch (operator) {
    case '':
      return startsWith;
    case '==':
    case '===':
      return wildcard === undefined ? order === 0 : startsWith;
    case '!=':
      return wildcard === undefined ? order !== 0 : !startsWith;
    case '>=':
      return order >= 0;
    case '<=':
      return order <= 0;
    case '>':
      return order > 0;
    case '<':
      return order < 0;
    case '~=':
      return order >= 0 && bound.slice(0, -1).every((part, index) => release[index] === part);
    default:
      return undefined;
  }
}
