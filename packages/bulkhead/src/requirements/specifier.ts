import { afterLocals, afterPosts, firstOf, isPreRelease, parseVersion, type Version } from './version.ts';
import { VersionSet } from './version-set.ts';

/**
 * Version specifiers (PEP 440) as sets of versions, pre-releases among them: whether a resolver would take one is for the
 * resolver to say. As Python's `packaging` 26 reads them, which the tests compare this with.
 */

const OPERATOR = /^\s*(~=|===|==|!=|<=|>=|<|>)\s*(\S+)\s*$/;

/** Undefined when `text` is not one specifier such as `>=1.2`, or one of `===` with what is no version. */
export function parseSpecifier(text: string): VersionSet | undefined {
  const [, operator, written = ''] = OPERATOR.exec(text) ?? [];
  if (operator === undefined) return undefined;
  const version = parseVersion(written.replace(/\.\*$/, ''));
  if (version === undefined) return undefined;
  if (operator === '===') return written.endsWith('.*') ? undefined : VersionSet.spelled(written, version);
  if (written.endsWith('.*')) return wildcard(operator, written.slice(0, -2));
  if (version.local.length > 0 && operator !== '==' && operator !== '!=') return undefined;
  return OPERATIONS[operator]?.(version, written);
}

/** Undefined when one of the specifiers between the commas is none; empty text is every version. */
export function parseSpecifiers(text: string): VersionSet | undefined {
  let set = VersionSet.all;
  for (const clause of clausesOf(text)) {
    const parsed = parseSpecifier(clause);
    if (parsed === undefined) return undefined;
    set = set.intersect(parsed);
  }
  return set;
}

/** What stands between the commas; one comma at the end is allowed. */
export function clausesOf(text: string): string[] {
  const clauses = text.split(',').map((clause) => clause.trim());
  if (clauses.at(-1) === '') clauses.pop();
  return clauses;
}

type Operation = (version: Version, written: string) => VersionSet | undefined;

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
  '~=': (version, written) => {
    const release = releaseIn(written);
    return release.length < 2 ? undefined : VersionSet.between(version, prefixAfter(version, release.slice(0, -1)));
  },
};

function equal(version: Version): VersionSet {
  return version.local.length > 0 ? VersionSet.only(version) : VersionSet.between(version, afterLocals(version));
}

/** `1.2.*`: everything from 1.2.dev0 to before 1.3.dev0. */
function wildcard(operator: string, prefix: string): VersionSet | undefined {
  const version = parseVersion(prefix);
  const isBare = /^v?(?:\d+!)?\d+(?:\.\d+)*$/i.test(prefix);
  if (version === undefined || !isBare || (operator !== '==' && operator !== '!=')) return undefined;
  const set = VersionSet.between(firstOf(version), prefixAfter(version, releaseIn(prefix)));
  return operator === '==' ? set : set.complement();
}

function prefixAfter({ epoch }: Version, prefix: readonly number[]): Version {
  const release = prefix.with(-1, (prefix.at(-1) ?? 0) + 1);
  return { epoch, release, phase: -1, phaseNumber: 0, post: -1, dev: 0, local: [] };
}

/** With its trailing zeros, which count here. */
function releaseIn(written: string): number[] {
  const [, release = ''] = /^v?(?:\d+!)?(\d+(?:\.\d+)*)/i.exec(written) ?? [];
  return release.split('.').map(Number);
}
