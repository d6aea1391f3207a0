import { closeSync, openSync, readSync } from 'node:fs';
import type { ProcessIdentity } from './process-identity.ts';

/** Linux counts processor time in ticks of 10 ms, whatever the kernel's own clock: USER_HZ of proc(5). */
const TICK_MILLISECONDS = 10;
/** A line of /proc/PID/stat is shorter. */
const LONGEST_LINE = 1_024;

/** What the system says of a process at one moment. */
export interface ProcessorUse {
  /** Milliseconds that all its threads have computed since its start, without the processes that it started. */
  readonly used: number;
  /** Whether its main thread computes, or would if a processor were free. */
  readonly isRunnable: boolean;
}

/**
 * Reads how long a process has computed. One open descriptor makes a look cost 10 µs, and can't be led astray by a later
 * process with the same pid. Outside Linux it never knows.
 */
export class ProcessorClock {
  readonly #identity: ProcessIdentity;
  readonly #line = Buffer.alloc(LONGEST_LINE);
  #descriptor: number | undefined;
  #isClosed = false;

  constructor(identity: ProcessIdentity) {
    this.#identity = identity;
    this.#isClosed = process.platform !== 'linux' || identity.startTime === undefined;
  }

  /** Undefined when the process is gone, or the system does not tell. */
  read(): ProcessorUse | undefined {
    if (this.#isClosed) return undefined;
    try {
      this.#descriptor ??= openSync(`/proc/${this.#identity.pid}/stat`, 'r');
      const length = readSync(this.#descriptor, this.#line, 0, LONGEST_LINE, 0);
      const line = this.#line.toString('latin1', 0, length);
      const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
      if (Number(fields[19]) === this.#identity.startTime && fields[0] !== 'Z')
        return { used: (Number(fields[11]) + Number(fields[12])) * TICK_MILLISECONDS, isRunnable: fields[0] === 'R' };
    } catch {
      // ESRCH: it is gone
    }
    this.close();
    return undefined;
  }

  close(): void {
    this.#isClosed = true;
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }
}
