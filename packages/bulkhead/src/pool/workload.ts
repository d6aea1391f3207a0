/** Milliseconds that a call of a quick action takes at most. */
const QUICK_MILLISECONDS = 2;
/** An instance whose calls are all quick, and which has answered none for so many milliseconds, is held up by one of them. */
const LONGEST_SILENCE_MILLISECONDS = 5;
/** Quick calls that are sent to an instance beyond those that it runs. */
const MOST_AHEAD = 128;

/** How long the calls of one action take. Before the first has been answered it counts as slow: nobody knows better. */
class Pace {
  /** Decaying maximum, milliseconds. */
  #cost = Number.POSITIVE_INFINITY;

  get isQuick(): boolean {
    return this.#cost <= QUICK_MILLISECONDS;
  }

  /** A call that failed may have failed early: it shows no more than how slow the action can be. */
  took(milliseconds: number, isResult: boolean): void {
    if (milliseconds > this.#cost || (isResult && this.#cost === Number.POSITIVE_INFINITY)) this.#cost = milliseconds;
    else if (isResult) this.#cost = this.#cost * 0.9 + milliseconds * 0.1;
  }
}

/** What a workload notes on a call. */
export interface Work {
  readonly action: string;
  readonly startedAt: number;
  /** Undefined: of an action that the plugin does not have. */
  pace: Pace | undefined;
  /** Whether it counted as slow when it was sent. */
  isSlow: boolean;
  /** Whether it is a stream beside which others run. */
  isStream: boolean;
  /** How many times as many calls there were then, itself included, as the instance runs at once; at least 1. */
  crowd: number;
}

/**
 * What one instance has to do, and whether more may be sent to it than it runs at once. That keeps an instance busy without
 * a pause between two calls, and costs a call that has to wait there a little; so it is only done among calls that are known to
 * be quick. Nothing is to wait behind a slow one that could go to another instance, or be cancelled without asking the plugin.
 */
export class Workload {
  readonly #concurrency: number;
  readonly #clock: () => number;
  readonly #paces = new Map<string, Pace>();
  #slow = 0;
  #streams = 0;
  /** When it last answered, or was sent something to do while it had nothing. */
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
   * Its answer is a stream that has begun. A plugin that runs one call at a time runs others between the chunks.
   *
   * @returns whether there is room for them now.
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
    // Those before it took the rest.
    work.pace?.took((now - work.startedAt) / work.crowd, isResult);
  }
}
