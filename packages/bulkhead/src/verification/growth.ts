/** How a series of measurements grows. */
export interface Growth {
  /** Of each unit of the first axis, as the median of the slopes between all pairs: a few outliers change nothing (Theil–Sen). */
  readonly slope: number;
  /** The share of pairs of which the later is larger, less the share of those of which it is smaller: 1 grows always (Kendall's tau). */
  readonly trend: number;
}

/** @returns undefined for fewer than three measurements */
export function growthOf(places: readonly number[], values: readonly number[]): Growth | undefined {
  if (places.length < 3) return undefined;
  const slopes: number[] = [];
  let rising = 0;
  for (let later = 1; later < places.length; later += 1)
    for (let earlier = 0; earlier < later; earlier += 1) {
      const rise = values[later]! - values[earlier]!;
      slopes.push(rise / (places[later]! - places[earlier]!));
      rising += Math.sign(rise);
    }
  const sorted = slopes.toSorted((one, other) => one - other);
  return { slope: sorted[Math.floor(sorted.length / 2)]!, trend: rising / slopes.length };
}
