/** Asks the package index whether plugins can have one environment: it knows which versions exist, and what those need. */
export interface Resolver {
  /** Its name and version, such as `uv 0.9.0`; not known before its first answer. */
  readonly name: string | undefined;
  /** The Pythons that it can resolve for, such as `3.11.7`, in order of preference. */
  pythons(signal: AbortSignal): Promise<readonly string[]>;
  /** Finds versions for everything in `request`, or proves that there are none. Rejects only when `signal` is aborted. */
  resolve(request: ResolutionRequest, signal: AbortSignal): Promise<Resolution>;
}

export interface ResolutionRequest {
  readonly plugins: readonly AskedPlugin[];
  /** One of the resolver's Pythons. */
  readonly python: string;
  /** Resolve packages as of this day. */
  readonly asOf: string | undefined;
  /** The settings in `[tool.uv]` that all these plugins have. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Whether packages without a wheel may be built to ask what they need. That runs their code. */
  readonly mayBuild: boolean;
}

export interface AskedPlugin {
  readonly id: string;
  readonly requirements: readonly string[];
  /** Addresses of packages whose names are not known. */
  readonly unnamed: readonly string[];
}

export type Resolution =
  | { readonly outcome: 'resolved'; readonly python: string; readonly packages: readonly ResolvedPackage[] }
  | {
      readonly outcome: 'unsolvable';
      readonly python: string;
      /** The resolver's own words, on one or more lines, with plugins under their ids. */
      readonly words: string;
      /** The needs that the words name; the links of a chain. */
      readonly needs: readonly Need[];
      /** A package that does not exist as wanted, and words to follow its name: `of which there is no version`. */
      readonly missing: { readonly name: string; readonly said: string } | undefined;
      /** The Pythons of which nothing is known, because packages that one of the plugins needs even alone have no wheel for them. */
      readonly leftOut?: readonly { readonly python: string; readonly packages: string }[];
    }
  | {
      readonly outcome: 'failed';
      readonly python: string;
      /** One clause, without a full stop. */
      readonly reason: string;
      /** The packages without a wheel, in words, where a build might have answered: `docopt==0.6.2`. */
      readonly unbuilt?: string;
    };

/** Some versions of `who`, a plugin or package, need some versions of the package `name`. */
export interface Need {
  readonly who: string;
  readonly isPlugin: boolean;
  /** The versions of `who` that need it, as specifiers of which any will do: `>=2,<3`; empty for all. */
  readonly of: readonly string[];
  readonly name: string;
  /** As written: `numpy<2`. */
  readonly what: string;
  /** The versions in `what`, as in `of`. */
  readonly wants: readonly string[];
  /** Whether the resolver put it together of other needs. */
  readonly isConcluded: boolean;
}

export interface ResolvedPackage {
  /** Normalised. */
  readonly name: string;
  readonly version: string;
  /** RFC 3339, if known. */
  readonly released: string | undefined;
  /** Bytes of the file to download, if known. */
  readonly size: number | undefined;
  /** Whether it contains machine code. */
  readonly isCompiled: boolean;
  /** Names of the packages it needs. */
  readonly needs: readonly string[];
}
