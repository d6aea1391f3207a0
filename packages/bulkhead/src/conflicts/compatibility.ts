import type { ResolvedPackage } from './resolver.ts';

/** Whether plugins can share an environment: proved, or said not to be known; never guessed. */
export type Compatibility = Conflict | Compatible | NotKnown;

export interface Conflict {
  readonly verdict: 'conflict';
  /**
   * `pythons`: no Python is right for both. `specifiers`: of some package no version is. `resolver`: uv finds no solution.
   * `languages`: one is Python, the other TypeScript.
   */
  readonly proof: 'pythons' | 'specifiers' | 'resolver' | 'languages';
  /** One line each: who needs what. */
  readonly reasons: readonly string[];
  /** Of `resolver`: uv's own words. */
  readonly words?: string;
}

export interface Compatible {
  readonly verdict: 'compatible';
  /** The Python and the versions with which that was proved; undefined for TypeScript, where ranges are enough. */
  readonly python: string | undefined;
  readonly packages: readonly ResolvedPackage[];
}

export interface NotKnown {
  readonly verdict: 'unknown';
  /** In words, without a final stop. */
  readonly reason: string;
}
