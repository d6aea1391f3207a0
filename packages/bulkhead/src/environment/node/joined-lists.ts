import type { NpmRequirementList } from '../../conflicts/requirement-list.ts';
import { bothNpmRanges } from '../../requirements/npm-range.ts';

/** What npm is asked of several plugins: their packages as those of one. */
export interface JoinedLists {
  /** What they can't run without, then what may be missing. */
  readonly required: Readonly<Record<string, string>>;
  readonly optional: Readonly<Record<string, string>>;
  /** The same, and how it is resolved, as package.json has it. */
  readonly fields: Readonly<Record<string, unknown>>;
  readonly npmrc: readonly string[];
  readonly engines: readonly string[];
  readonly asOf: string | undefined;
  readonly isEmpty: boolean;
  /** Whether something of it is on this disk, and so may change at any time. */
  readonly isLocal: boolean;
}

/** @returns instead a reason, where no version can be in all ranges of a package: one clause, without a full stop */
export function joinLists(lists: readonly NpmRequirementList[]): JoinedLists | { readonly reason: string } {
  const joined = new Map<string, string>();
  for (const { packages } of lists)
    for (const [name, range] of Object.entries(packages).toSorted(([one], [other]) => (one < other ? -1 : 1))) {
      const known = joined.get(name);
      const both = known === undefined ? range : bothNpmRanges(known, range);
      if (both === undefined) return { reason: `${name}: ${wantsOf(name, lists)}` };
      joined.set(name, both);
    }
  const isRequired = (name: string): boolean =>
    lists.some(({ packages, optional = [] }) => packages[name] !== undefined && !optional.includes(name));
  const required = Object.fromEntries([...joined].filter(([name]) => isRequired(name)));
  const optional = Object.fromEntries([...joined].filter(([name]) => !isRequired(name)));
  const { overrides, npmrc = [] } = lists[0]?.settings ?? {};
  return {
    required,
    optional,
    fields: { dependencies: required, optionalDependencies: optional, overrides },
    npmrc,
    engines: [...new Set(lists.flatMap(({ node }) => node ?? []))].toSorted(),
    asOf: lists.flatMap(({ asOf }) => asOf ?? []).toSorted()[0],
    isEmpty: joined.size === 0,
    isLocal: [...joined.values()].some((range) => range.startsWith('file:')),
  };
}

function wantsOf(name: string, lists: readonly NpmRequirementList[]): string {
  return lists
    .flatMap(({ id, packages }) => (packages[name] === undefined ? [] : [`${id} needs ${packages[name]}`]))
    .join(', ');
}
