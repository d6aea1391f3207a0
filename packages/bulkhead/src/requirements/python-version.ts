import { remembered } from './remembered.ts';
import { meantSpecifier } from './meant-specifier.ts';
import { LONGEST_REQUIREMENT } from './limits.ts';
import { clausesOf, parseSpecifier } from './specifier.ts';
import { parseVersion } from './version.ts';
import { VersionSet } from './version-set.ts';

/**
 * Compares versions of Python with what plugins ask for. Only release numbers count, as installers treat `requires-python`:
 * 3.14.0rc1 is taken for 3.14.0. Upper bounds hold.
 */

/** Reads the numbers at the beginning of `text`, such as `3.11.7`. Undefined when there are none. */
export function releaseOf(text: string): readonly number[] | undefined {
  const match = /^v?(\d+(?:\.\d+)*)/.exec(text.trim());
  return match?.[1]?.split('.').map(Number);
}

/**
 * Reads which Pythons a version (`3.11` is any 3.11, `3.11.7` that one), `3.11.*`, or a list of specifiers such as
 * `>=3.10,<3.13` means. Undefined when `wanted` is none of these.
 */
export function pythonsIn(wanted: string): VersionSet | undefined {
  return wanted.length > LONGEST_REQUIREMENT ? undefined : pythonsInList(wanted);
}

const pythonsInList = remembered((wanted): VersionSet | undefined => {
  const sets: VersionSet[] = [];
  for (const clause of clausesOf(wanted)) {
    const pythons = clause === '' ? VersionSet.all : pythonsInClause(clause);
    if (pythons === undefined) return undefined;
    sets.push(pythons);
  }
  return VersionSet.intersection(sets);
});

/** Says whether `version` is one of `pythonsIn(wanted)`; undefined when either can't be read. */
export function fitsPython(version: string, wanted: string): boolean | undefined {
  const release = releaseVersionOf(version);
  return release === undefined ? undefined : pythonsIn(wanted)?.contains(release);
}

const releaseVersionOf = remembered((version) => parseVersion(releaseOf(version)?.join('.') ?? ''));

/** Says of a `requires-python` that can't be read what was expected instead; undefined when it can be. */
export function problemOfRequiresPython(wanted: unknown): string | undefined {
  const expected = 'requires-python: expected Pythons such as ">=3.9,<3.13" (PEP 440), found';
  if (typeof wanted !== 'string') return `${expected} something else than text`;
  if (pythonsIn(wanted) !== undefined) return undefined;
  const shown = wanted.slice(0, LONGEST_SHOWN);
  const meant = meantPythons(shown);
  return `${expected} ${JSON.stringify(shown)}${meant === undefined ? '' : `; write "${meant}"`}`;
}

/** What other tools understand: `^3.10`, `>=3.9 <3.13` without its comma, `python 3.10+`, `>=3.9.*`. */
function meantPythons(written: string): string | undefined {
  const clauses = written
    .replace(/^\s*python\s*/i, '')
    .trim()
    .split(/\s*,\s*|\s+(?=[<>=!~^])/);
  const meant = clauses
    .map((clause) => meantSpecifier(clause) ?? clause.replace(/^(~=|[<>]=?)(.*)\.\*$/, '$1$2'))
    .join(',');
  return meant !== '' && pythonsIn(meant) !== undefined ? meant : undefined;
}

const LONGEST_SHOWN = 60;

function pythonsInClause(clause: string): VersionSet | undefined {
  const match = /^(===?|~=|!=|<=?|>=?)?\s*(\d+(?:\.\d+)*)(\.\*)?(?:\.?(?:a|b|rc|dev|post)\d*)?$/.exec(clause);
  if (match === null) return undefined;
  const [, operator = '', release = '', wildcard = ''] = match;
  if (operator === '') return parseSpecifier(`==${release}.*`);
  return parseSpecifier(`${operator === '===' ? '==' : operator}${release}${wildcard}`);
}
