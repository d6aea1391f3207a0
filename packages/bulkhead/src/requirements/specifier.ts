import { afterLocals, afterPosts, firstOf, isPreRelease, parseVersion, type Version } from './version.ts';
import { nextNumber } from './version-number.ts';
import { VersionSet } from './version-set.ts';
import { withoutSpace } from './without-space.ts';

/**
 * Turns version specifiers (PEP 440) into sets of versions. The sets hold pre-releases: resolvers decide whether to take them.
 * The tests compare these sets with those of Python's `packaging`.
 */

const CLAUSE = /^[ \t\n\r\f\v]*(~=|===|==|!=|<=|>=|<|>)([^,;)]*)$/;

/** Reads one clause such as `>=1.2`. Undefined when `text` is none, or compares by `===` with text that is no version. */
export function parseSpecifier(text: string): VersionSet | undefined {
  const [, operator, operand = ''] = CLAUSE.exec(text) ?? [];
  return operator === undefined ? undefined : versionsThat(operator, withoutSpace(operand));
}

/**
 * Finds the versions `v` for which `v operator operand` holds. Undefined when the operator does not take this operand.
 *
 * @param operator one of PEP 440, such as `>=`
 */
export function versionsThat(operator: string, operand: string): VersionSet | undefined {
  if (operand.endsWith('.*')) return wildcard(operator, operand.slice(0, -2));
  const version = parseVersion(operand);
  if (version === undefined) return undefined;
  if (operator === '===') return VersionSet.spelled(operand, version);
  if (version.local.length > 0 && operator !== '==' && operator !== '!=') return undefined;
  return OPERATIONS[operator]?.(version);
}

/** Reads clauses between commas. Undefined when one of them can't be read; empty text allows every version. */
export function parseSpecifiers(text: string): VersionSet | undefined {
  const sets: VersionSet[] = [];
  for (const clause of clausesOf(text)) {
    const parsed = parseSpecifier(clause);
    if (parsed === undefined) return undefined;
    sets.push(parsed);
  }
  return VersionSet.intersection(sets);
}

/** Splits at the commas; one more comma may stand at the end. */
export function clausesOf(text: string): string[] {
  const clauses = text.split(',').map(withoutSpace);
  if (clauses.at(-1) === '') clauses.pop();
  return clauses;
}

type Operation = (version: Version) => VersionSet | undefined;

const OPERATIONS: Readonly<Record<string, Operation>> = {
  '>=': (version) => VersionSet.from(version),
  '<=': (version) => VersionSet.upTo(afterLocals(version)),
  '>': (version) => {
    const isPostOrDev = version.dev !== Infinity || version.post !== -1;
    return VersionSet.from(isPostOrDev ? afterLocals(version) : afterPosts(version));
  },
  '<': (version) => VersionSet.upTo(isPreRelease(version) ? version : firstOf(version)),
  '==': equal,
  '!=': (version) => equal(version).complement(),
  '~=': (version) =>
    version.release.length < 2
      ? undefined
      : VersionSet.between(version, prefixAfter(version, version.release.slice(0, -1))),
};

function equal(version: Version): VersionSet {
  return version.local.length > 0 ? VersionSet.only(version) : VersionSet.between(version, afterLocals(version));
}

/** `1.2.*` is everything from 1.2.dev0 to before 1.3.dev0. */
function wildcard(operator: string, prefix: string): VersionSet | undefined {
  const version = /^v?(?:\d+!)?\d+(?:\.\d+)*$/i.test(prefix) ? parseVersion(prefix) : undefined;
  if (version === undefined || (operator !== '==' && operator !== '!=')) return undefined;
  const set = VersionSet.between(firstOf(version), prefixAfter(version, version.release));
  return operator === '==' ? set : set.complement();
}

function prefixAfter({ epoch }: Version, prefix: Version['release']): Version {
  const release = prefix.with(-1, nextNumber(prefix.at(-1) ?? 0));
  return { epoch, release, phase: -1, phaseNumber: 0, post: -1, dev: 0, local: [] };
}
