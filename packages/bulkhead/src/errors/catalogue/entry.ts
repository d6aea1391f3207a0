/** Whose fault it is: the plugin's, its user's, the machine's (packages, interpreters, network), or ours. */
export type Blame = 'plugin' | 'user' | 'environment' | 'bulkhead';

/** One error. Its code, the name that it is exported by, is never used again for another meaning. */
export interface CatalogueEntry<Details> {
  readonly blame: Blame;
  /** Whether the same call may well succeed when it is tried again. */
  readonly retryable: boolean;
  readonly httpStatus: number;
  /** Whether the caller gave up itself: `name` is then `AbortError`, as Node's own functions have it. */
  readonly isAbort?: true;
  /** When it occurs, for the documentation. */
  readonly when: string;
  message(details: Details): string;
  advice(details: Details): string;
  /** Details of a typical failure, from which docs/errors.md shows message and advice. */
  readonly sample: Details;
}
