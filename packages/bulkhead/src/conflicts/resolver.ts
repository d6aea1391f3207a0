/** Asks the package index whether plugins can have one environment. It knows what no specifier tells: what there is, and what that needs. */
export interface Resolver {
  /** The Pythons that it can resolve for, such as `3.11.7`, the preferred first. */
  pythons(signal: AbortSignal): Promise<readonly string[]>;
  /** Finds versions for all that `request` wants, or proves that there are none. Rejects only when `signal` is aborted. */
  resolve(request: ResolutionRequest, signal: AbortSignal): Promise<Resolution>;
}

export interface ResolutionRequest {
  readonly plugins: readonly { readonly id: string; readonly requirements: readonly string[] }[];
  /** One of the resolver's Pythons. */
  readonly python: string;
  /** Packages as they were on this day. */
  readonly asOf: string | undefined;
  /** What all of these plugins set in `[tool.uv]`. */
  readonly settings: Readonly<Record<string, unknown>>;
}

export type Resolution =
  | { readonly outcome: 'resolved'; readonly python: string; readonly packages: readonly ResolvedPackage[] }
  | {
      readonly outcome: 'unsolvable';
      readonly python: string;
      /** The resolver's own, on one or more lines; plugins under their ids. */
      readonly words: string;
      /** Who needs what, as far as the words say it: what a chain is made of. */
      readonly needs: readonly Need[];
      /** A package that is not there as it is wanted, and what is said of that, to follow its name: `of which there is no version`. */
      readonly missing: { readonly name: string; readonly said: string } | undefined;
    }
  /** `reason`: in words, without a final stop. */
  | { readonly outcome: 'failed'; readonly python: string; readonly reason: string };

/** `plugin` or package `who` needs package `name`: `what` is how that is written, such as `numpy<2`. */
export interface Need {
  readonly who: string;
  readonly isPlugin: boolean;
  readonly name: string;
  readonly what: string;
}

export interface ResolvedPackage {
  /** Normalised. */
  readonly name: string;
  readonly version: string;
  /** RFC 3339, where it is known. */
  readonly released: string | undefined;
  /** Bytes of the file to be downloaded, where they are known. */
  readonly size: number | undefined;
  /** Whether it brings machine code. */
  readonly isCompiled: boolean;
  /** Names of the packages it needs. */
  readonly needs: readonly string[];
}
