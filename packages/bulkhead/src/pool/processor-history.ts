import type { Vitals } from '../launcher/running-instance.ts';

/** Beyond this every other look is dropped, so that a call of days costs no more than one of seconds. */
const MOST_LOOKS = 64;
/** A shorter span says nothing: processor time comes in steps of 10 ms. */
const SHORTEST_SPAN_MILLISECONDS = 150;

/**
 * An instance that uses less does not compute. Measured: while native code keeps the interpreter's lock, each thread that waits
 * for it looks every millisecond, which takes 1 % of a processor.
 */
const LEAST_SHARE = 0.05;
const LEAST_MILLISECONDS = 30;

/** What a process did between two looks at it, in milliseconds. */
export interface ProcessorSpan {
  readonly elapsed: number;
  readonly used: number;
  /** The share of looks at which it computed, or waited for a free processor: 0 to 1. */
  readonly computing: number;
}

interface Look {
  readonly at: number;
  readonly used: number;
  readonly computes: boolean;
}

/** How much an instance has computed, while it had something to do. */
export class ProcessorHistory {
  #looks: Look[] = [];

  /** Whether it computed since the last look, or waited for a free processor; undefined if the system does not tell. */
  look(now: number, vitals: Vitals | undefined): boolean | undefined {
    if (vitals === undefined) return undefined;
    const { processorTime: used, isRunnable } = vitals;
    const before = this.#looks.at(-1);
    const computes = isRunnable || (before !== undefined && isMuch(used - before.used, now - before.at));
    this.#looks.push({ at: now, used, computes });
    if (this.#looks.length > MOST_LOOKS) this.#looks = this.#looks.filter((_, index) => index % 2 === 0);
    return computes;
  }

  /** From the first look after `since` to now, at which the instance has these vitals. */
  spanSince(since: number, now: number, vitals: Vitals | undefined): ProcessorSpan | undefined {
    const start = this.#looks.findIndex(({ at }) => at >= since);
    const first = this.#looks[start];
    if (first === undefined || now - first.at < SHORTEST_SPAN_MILLISECONDS) return undefined;
    this.look(now, vitals);
    const looks = this.#looks.slice(this.#looks.indexOf(first) + 1);
    const used = (looks.at(-1)?.used ?? first.used) - first.used;
    return { elapsed: now - first.at, used, computing: looks.filter(({ computes }) => computes).length / looks.length };
  }

  forget(): void {
    this.#looks = [];
  }
}

function isMuch(used: number, elapsed: number): boolean {
  return used >= LEAST_MILLISECONDS && used >= LEAST_SHARE * elapsed;
}
