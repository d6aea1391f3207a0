/** As much of an instance as has to be known to share out calls. */
export interface Loaded {
  /** Whether calls may be sent to it. */
  readonly accepting: boolean;
  /** Calls that it was sent and has not answered. */
  readonly inFlight: number;
}

/**
 * The instance to send the next call to: an idle one, else that with the fewest calls. Of equals the first, so that the
 * later ones stay idle, and can be unloaded.
 */
export function leastLoaded<Instance extends Loaded>(instances: readonly Instance[]): Instance | undefined {
  let best: Instance | undefined;
  for (const instance of instances) {
    if (!instance.accepting) continue;
    if (instance.inFlight === 0) return instance;
    if (best === undefined || instance.inFlight < best.inFlight) best = instance;
  }
  return best;
}
