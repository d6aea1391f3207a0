import type { Compatibility, Conflict } from './compatibility.ts';
import type { BuiltApart } from './built-apart.ts';
import type { Oddity } from './requirement-list.ts';
import type { ResolvedPackage } from './resolver.ts';

/** What a check of plugins found. Plugins under their ids, in the order given. */
export interface ConflictReport {
  readonly plugins: readonly CheckedPlugin[];
  /** Requirements that can't be read, or not in full. */
  readonly oddities: readonly Oddity[];
  /** How many pairs of the plugins there are of each verdict. */
  readonly pairs: Readonly<Record<Compatibility['verdict'], number>>;
  /** The conflicts by package: what is wanted of it by whom, where not all of that can be met. */
  readonly disagreements: readonly Disagreement[];
  /** Plugins that can't share, as the resolver proved, where specifiers did not. */
  readonly unsolvable: readonly UnsolvableReport[];
  /** The fewest environments that hold all plugins that can be installed. */
  readonly groups: readonly GroupReport[];
  /** Whether there are no fewer; otherwise these are few. */
  readonly isFewest: boolean;
  /** Bytes are those of the files to be downloaded; undefined where one is not known. */
  readonly before: { readonly environments: number; readonly bytes: number | undefined };
  readonly after: { readonly environments: number; readonly bytes: number | undefined };
  readonly builtApart: readonly BuiltApartReport[];
  /** Groups that were told to share. */
  readonly shared: readonly SharedReport[];
  /** Whether anything was resolved. */
  readonly isOffline: boolean;
  between(plugin: string, other: string): Compatibility;
  /** The same without its reasons: for matrices. */
  verdictOn(plugin: string, other: string): Compatibility['verdict'];
  /** Every pair that is proved to conflict, one after the other: of many plugins there are very many. */
  conflicts(): Generator<PairConflictReport>;
}

export interface CheckedPlugin {
  readonly id: string;
  /** The Python it asks for, such as `3.11` or `>=3.9`. */
  readonly wantedPython: string;
  /** `impossible`: it can't be installed even alone. */
  readonly state: 'resolved' | 'impossible' | 'unknown';
  /** What it resolves to by itself, where that is known. */
  readonly alone: { readonly python: string; readonly packages: readonly ResolvedPackage[] } | undefined;
  /** Why it can't be installed even alone, or why that is not known; in words, without a final stop. */
  readonly reason: string | undefined;
  /** The resolver's own words for that. */
  readonly words: string | undefined;
}

export type PairConflictReport = Conflict & { readonly plugins: readonly [string, string] };

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
  /** `resolved`: proved by one resolution; `specifiers`: nothing speaks against it; `alone`: one plugin only. */
  readonly proof: 'resolved' | 'specifiers' | 'alone';
  readonly python: string | undefined;
  readonly packages: readonly ResolvedPackage[] | undefined;
  /** Why it is not proved. */
  readonly reason: string | undefined;
}

export interface BuiltApartReport extends BuiltApart {
  readonly plugins: readonly string[];
  /** The versions of the two as of that day, where they resolve: `numpy 1.24.3`. */
  readonly gives: readonly string[] | undefined;
}

export interface SharedReport {
  readonly name: string;
  readonly plugins: readonly string[];
  readonly verdict: Compatibility['verdict'];
  /** One line each. */
  readonly reasons: readonly string[];
}
