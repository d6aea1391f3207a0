/** A call of a quick action takes at most this many milliseconds. */
const QUICK_MILLISECONDS = 2;
/** If an instance with only quick calls has answered none for this many milliseconds, one of them holds it up. */
const LONGEST_SILENCE_MILLISECONDS = 5;
/** How many quick calls an instance may get beyond those that it runs. */
const MOST_AHEAD = 128;

/** How long the calls of one action take. It counts as slow until its first call has been answered. */
class Pace {
  /** Decaying maximum, milliseconds. */
  #cost = Number.POSITIVE_INFINITY;

  get isQuick(): boolean {
    return this.#cost <= QUICK_MILLISECONDS;
  }

  /** A call that failed may have failed early, so it can only show that the action is slow. */
  took(milliseconds: number, isResult: boolean): void {
    if (milliseconds > this.#cost || (isResult && this.#cost === Number.POSITIVE_INFINITY)) this.#cost = milliseconds;
    else if (isResult) this.#cost = this.#cost * 0.9 + milliseconds * 0.1;
  }
}

/** The workload's own notes on a call. */
export interface Work {
  readonly action: string;
  readonly startedAt: number;
  /** Undefined if the plugin has no such action. */
  pace: Pace | undefined;
  /** Whether it counted as slow when it was sent. */
  isSlow: boolean;
  /** Whether it is a stream beside which others run. */
  isStream: boolean;
  /** How many calls there were then, itself included, for each that the instance runs at once; at least 1. */
  crowd: number;
}

/**
 * What one instance has to do, and whether it may get more calls than it runs at once. That keeps it busy without a pause
 * between two calls, but lets a call wait there; so it happens only among calls that are known to be quick. A call must not wait
 * behind a slow one while another instance could run it, or while the host could still cancel it without asking the plugin.
 */
export class Workload {
  readonly #concurrency: number;
  readonly #clock: () => number;
  readonly #paces = new Map<string, Pace>();
  #slow = 0;
  #streams = 0;
  /** When it last answered, or got a call while it was idle. */
  #movedAt = 0;

  constructor(concurrency: number, actions: readonly string[], clock = (): number => performance.now()) {
    this.#concurrency = concurrency;
    this.#clock = clock;
    for (const action of actions) this.#paces.set(action, new Pace());
  }

  /** @param inFlight calls that it has already */
  hasRoom(inFlight: number): boolean {
    return inFlight - this.#streams < this.#concurrency;
  }

  /** @param inFlight calls that it has already */
  mayTakeAhead(action: string, inFlight: number): boolean {
    return (
      this.#slow === 0 &&
      inFlight - this.#streams < this.#concurrency + MOST_AHEAD &&
      this.#paces.get(action)?.isQuick === true &&
      this.#clock() - this.#movedAt < LONGEST_SILENCE_MILLISECONDS
    );
  }

  /** @param inFlight calls that it has besides */
  began(work: Work, inFlight: number): void {
    work.pace = this.#paces.get(work.action);
    work.isSlow = work.pace?.isQuick !== true;
    const others = inFlight - this.#streams;
    work.crowd = Math.max(1, (others + 1) / this.#concurrency);
    if (work.isSlow) this.#slow += 1;
    if (others === 0) this.#movedAt = work.startedAt;
  }

  /**
   * Notes that the answer is a stream. A plugin that runs one call at a time runs others between the chunks.
   *
   * @returns whether there is room for another call now
   */
  streams(work: Work): boolean {
    if (this.#concurrency > 1 || work.isStream) return false;
    if (work.isSlow) this.#slow -= 1;
    this.#streams += 1;
    work.isStream = true;
    this.#movedAt = this.#clock();
    return true;
  }

  answered(work: Work, isResult: boolean): void {
    const now = this.#clock();
    this.#movedAt = now;
    if (work.isStream) {
      this.#streams -= 1;
      return;
    }
    if (work.isSlow) this.#slow -= 1;
    // Elapsed time is shared among the calls that ran before it in the same batch.
    work.pace?.took((now - work.startedAt) / work.crowd, isResult);
  }
}
