import type { NpmRequirementList } from './requirement-list.ts';
import type { ResolvedPackage } from './resolver.ts';

/** Asks npm whether plugins of Node can have one environment. */
export interface NodeResolver {
  /** Its name and version, such as `npm 11.19.1`; not known before its first answer. */
  readonly name: string | undefined;
  /** Has the packages of all these plugins resolved as those of one. Rejects only when `signal` is aborted. */
  resolve(plugins: readonly NpmRequirementList[], signal: AbortSignal): Promise<NodeResolution>;
}

export type NodeResolution =
  | { readonly outcome: 'resolved'; readonly packages: readonly ResolvedPackage[] }
  | {
      readonly outcome: 'unsolvable';
      /** Who needs what through whom: one clause, without a full stop. */
      readonly reason: string;
      /** npm's own words, on one or more lines. */
      readonly words: string;
    }
  | {
      readonly outcome: 'failed';
      /** One clause, without a full stop. */
      readonly reason: string;
    };
