/** What sharing out calls needs to know of an instance. */
export interface Loaded {
  /** Whether calls may be sent to it. */
  readonly accepting: boolean;
  readonly calls: {
    /** Sent and not answered. */
    readonly inFlight: number;
    /** Whether another can begin at once. */
    readonly hasRoom: boolean;
  };
}

export interface Working extends Loaded {
  readonly calls: Loaded['calls'] & {
    /** Whether a call may be sent although as many run as can. */
    mayTakeAhead(action: string): boolean;
  };
}

/**
 * The first idle instance; else the one with the fewest calls, of those with room if there are any. Among equals the first
 * wins, so that later ones stay idle and can be unloaded.
 */
export function leastLoaded<Instance extends Loaded>(instances: readonly Instance[]): Instance | undefined {
  let best: Instance | undefined;
  for (const instance of instances) {
    if (!instance.accepting) continue;
    if (instance.calls.inFlight === 0) return instance;
    if (best === undefined || isLess(instance, best)) best = instance;
  }
  return best;
}

function isLess({ calls: one }: Loaded, { calls: other }: Loaded): boolean {
  return one.hasRoom === other.hasRoom ? one.inFlight < other.inFlight : one.hasRoom;
}

/** The instance with the fewest calls among those that may get one ahead. */
export function leastAhead<Instance extends Working>(
  instances: readonly Instance[],
  action: string,
): Instance | undefined {
  let best: Instance | undefined;
  for (const instance of instances) {
    if (!instance.accepting || (best !== undefined && instance.calls.inFlight >= best.calls.inFlight)) continue;
    if (instance.calls.mayTakeAhead(action)) best = instance;
  }
  return best;
}
