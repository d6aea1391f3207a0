/** Median and 99th percentile of samples, by nearest rank. */
export interface Summary {
  readonly p50: number;
  readonly p99: number;
  readonly samples: number;
}

export function summarize(samples: readonly number[]): Summary {
  const sorted = Float64Array.from(samples).sort();
  const rank = (fraction: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * fraction))] ?? Number.NaN;
  return { p50: rank(0.5), p99: rank(0.99), samples: sorted.length };
}

export function median(values: readonly number[]): number {
  return summarize(values).p50;
}
