import type { ResolvedPackage } from './resolver.ts';

/** Whether plugins can share an environment: proved, or not known; never guessed. */
export type Compatibility = Conflict | Compatible | NotKnown;

export interface Conflict {
  readonly verdict: 'conflict';
  /**
   * `pythons`: no Python suits both. `specifiers`: no version of some package suits both. `resolver`: uv or npm finds no solution.
   * `languages`: one is Python, the other TypeScript.
   */
  readonly proof: 'pythons' | 'specifiers' | 'resolver' | 'languages';
  /** One line each: who needs what. */
  readonly reasons: readonly string[];
  /** The resolver's own words, when it proved the conflict. */
  readonly words?: string;
}

export interface Compatible {
  readonly verdict: 'compatible';
  /** The Python of the resolution that proves it, with these packages; undefined for TypeScript, where several versions of a package may be there. */
  readonly python: string | undefined;
  readonly packages: readonly ResolvedPackage[];
}

export interface NotKnown {
  readonly verdict: 'unknown';
  /** One clause, without a full stop. */
  readonly reason: string;
}
