/** Pieces of sentences that several entries of the catalogue use. */

/** An error lists at most this many mistakes of a file: people would not read more. */
export const MOST_MISTAKES = 100;

export function seconds(milliseconds: number): string {
  return `${Math.round(milliseconds) / 1000} s`;
}

export function maybe(nearest: string | undefined): string {
  return nearest === undefined ? '' : ` Did you mean "${nearest}"?`;
}

export function listed(names: readonly string[]): string {
  return names.length === 0 ? 'none' : names.join(', ');
}
