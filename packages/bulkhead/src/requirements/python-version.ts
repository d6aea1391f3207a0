import { LONGEST_REQUIREMENT } from './limits.ts';
import { clausesOf, parseSpecifier } from './specifier.ts';
import { parseVersion } from './version.ts';
import { VersionSet } from './version-set.ts';

/**
 * Python versions against what asks for them. Only release numbers are compared, as PEP 440 does it for
 * `requires-python` in practice: 3.14.0rc1 counts as 3.14.0. Upper bounds count.
 */

/** Such as `3.11.7`. Undefined when `text` does not begin with one. */
export function releaseOf(text: string): readonly number[] | undefined {
  const match = /^v?(\d+(?:\.\d+)*)/.exec(text.trim());
  return match?.[1]?.split('.').map(Number);
}

/**
 * The Pythons that are meant by a version (`3.11` is any 3.11, `3.11.7` that one), `3.11.*`, or a list of specifiers such as
 * `>=3.10,<3.13`. Undefined when `wanted` is none of these.
 */
export function pythonsIn(wanted: string): VersionSet | undefined {
  if (wanted.length > LONGEST_REQUIREMENT) return undefined;
  const sets: VersionSet[] = [];
  for (const clause of clausesOf(wanted)) {
    const pythons = clause === '' ? VersionSet.all : pythonsInClause(clause);
    if (pythons === undefined) return undefined;
    sets.push(pythons);
  }
  return VersionSet.intersection(sets);
}

/** Whether `version` is among `pythonsIn(wanted)`; undefined when either can't be read. */
export function fitsPython(version: string, wanted: string): boolean | undefined {
  const release = parseVersion(releaseOf(version)?.join('.') ?? '');
  return release === undefined ? undefined : pythonsIn(wanted)?.contains(release);
}

function pythonsInClause(clause: string): VersionSet | undefined {
  const match = /^(===?|~=|!=|<=?|>=?)?\s*(\d+(?:\.\d+)*)(\.\*)?(?:\.?(?:a|b|rc|dev|post)\d*)?$/.exec(clause);
  if (match === null) return undefined;
  const [, operator = '', release = '', wildcard = ''] = match;
  if (operator === '') return parseSpecifier(`==${release}.*`);
  return parseSpecifier(`${operator === '===' ? '==' : operator}${release}${wildcard}`);
}
