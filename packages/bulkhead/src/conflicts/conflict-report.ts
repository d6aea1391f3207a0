import type { Compatibility, Conflict } from './compatibility.ts';
import type { BuiltApart } from './built-apart.ts';
import type { RequirementIssue } from './requirement-list.ts';
import type { ResolvedPackage } from './resolver.ts';

/** The findings of a check. Plugins appear under their ids, in the order given. */
export interface ConflictReport {
  readonly plugins: readonly CheckedPlugin[];
  /** Requirements that can't be read, or only in part. */
  readonly issues: readonly RequirementIssue[];
  /** The number of pairs with each verdict. */
  readonly pairs: Readonly<Record<Compatibility['verdict'], number>>;
  /** The conflicts by package: which plugins want which versions. */
  readonly disagreements: readonly Disagreement[];
  /** Plugins that can't share, where only the resolver proved it. */
  readonly unsolvable: readonly UnsolvableReport[];
  /** Environments, as few as possible, for all plugins that can be installed. */
  readonly groups: readonly GroupReport[];
  /** Whether `groups` is proved to be the smallest number. */
  readonly isFewest: boolean;
  /**
   * Today's environments, undefined when plugins are told to share that can't. `bytes` adds up the files to download; undefined when the
   * size of one is not known.
   */
  readonly before: { readonly environments: number | undefined; readonly bytes: number | undefined };
  readonly after: { readonly environments: number; readonly bytes: number | undefined };
  readonly builtApart: readonly BuiltApartReport[];
  /** Groups with the same `share`. */
  readonly shared: readonly SharedReport[];
  /** Whether the check ran without a resolver. */
  readonly isOffline: boolean;
  /** Why the check ended before all was asked: one clause, without a full stop. */
  readonly stopped: string | undefined;
  /** Name and version of the resolver that answered, such as `uv 0.9.0`. */
  readonly resolver: string | undefined;
  between(plugin: string, other: string): Compatibility;
  /** `between` without its reasons, which cost more than all the rest: for matrices. */
  verdictOn(plugin: string, other: string): Compatibility['verdict'];
  /** What two plugins disagree about, as in `disagreements`; empty where requirements alone prove no conflict of these two. */
  subjectsOf(plugin: string, other: string): readonly string[];
  /** Yields every pair of which nothing is proved, with the reason; offline, these are very many. */
  unknown(): Generator<PairNotKnown>;
  /** Yields every pair that is proved to conflict; many plugins have very many. */
  conflicts(): Generator<PairConflictReport>;
}

export interface CheckedPlugin {
  readonly id: string;
  /** The Python it asks for, such as `3.11` or `>=3.9`. */
  readonly wantedPython: string;
  /** `impossible`: it can't be installed even alone. */
  readonly state: 'resolved' | 'impossible' | 'unknown';
  /** The packages that its own list resolves to, when that is known. */
  readonly alone: { readonly python: string; readonly packages: readonly ResolvedPackage[] } | undefined;
  /** Why it can't be installed even alone, or why that is not known: one clause, without a full stop. */
  readonly reason: string | undefined;
  /** The resolver's own words for `reason`. */
  readonly words: string | undefined;
}

export type PairConflictReport = Conflict & { readonly plugins: readonly [string, string] };

export interface PairNotKnown {
  readonly plugins: readonly [string, string];
  /** One clause, without a full stop. */
  readonly reason: string;
}

export interface Disagreement {
  /** `Python`, or a package's name. */
  readonly about: string;
  readonly sides: readonly { readonly wants: string; readonly plugins: readonly string[] }[];
}

export interface UnsolvableReport {
  readonly plugins: readonly string[];
  readonly reasons: readonly string[];
  readonly words: string | undefined;
}

export interface GroupReport {
  readonly plugins: readonly string[];
  /** `resolved`: one resolution proves it; `specifiers`: no specifier speaks against it; `alone`: it has one plugin. */
  readonly proof: 'resolved' | 'specifiers' | 'alone';
  readonly python: string | undefined;
  readonly packages: readonly ResolvedPackage[] | undefined;
  /** Why the group is not proved. */
  readonly reason: string | undefined;
}

export interface BuiltApartReport extends BuiltApart {
  readonly plugins: readonly string[];
  /** The versions that the two had on the day `asOf`, such as `numpy 1.24.3`, when they resolve. */
  readonly gives: readonly string[] | undefined;
  /** Whether it is known what `asOf` gives. */
  readonly isTried: boolean;
}

export interface SharedReport {
  readonly name: string;
  readonly plugins: readonly string[];
  readonly verdict: Compatibility['verdict'];
  /** One line each. */
  readonly reasons: readonly string[];
}
