/** How often a value counts beyond once towards the limit of a frame, by what decoding it takes: a unit is some 50 ns. */
export const COUNTS_BEYOND_ONCE = {
  container: 3,
  text: 3,
  bigint: 3,
  binary: 7,
  timestamp: 7,
  typedArray: 31,
  body: 63,
  /** A key of a map of more than `LARGEST_MAP_OF_KNOWN_KEYS`. */
  keyOfLargeMap: 7,
} as const;

/** Keys of maps up to this size repeat in the maps beside it; those of a larger one are mostly its own. */
export const LARGEST_MAP_OF_KNOWN_KEYS = 256;
