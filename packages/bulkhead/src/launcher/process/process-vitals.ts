import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import type { ProcessIdentity } from '../../lifecycle/process-identity.ts';
import type { Vitals } from '../running-instance.ts';

/** Linux counts processor time in ticks of 10 ms, whatever the kernel's own clock: USER_HZ of proc(5). */
export const TICK_MILLISECONDS = 10;
/** A line of /proc/PID/stat is shorter. */
const LONGEST_LINE = 1_024;
/** Of getauxval(3). */
const AT_PAGESZ = 6n;
const USUAL_PAGE_BYTES = 4_096;

/**
 * Reads what a process uses of the machine. One open descriptor makes a reading cost 10 µs, and never shows
 * a later process with the same pid. Outside Linux there is nothing to read.
 */
export class ProcessVitals {
  readonly identity: ProcessIdentity;
  readonly #line = Buffer.alloc(LONGEST_LINE);
  readonly #pageBytes: number = pageBytes();
  #descriptor: number | undefined;
  #isClosed = false;

  constructor(identity: ProcessIdentity) {
    this.identity = identity;
    this.#isClosed = process.platform !== 'linux' || identity.startTime === undefined;
  }

  /** Undefined when the process is gone, or the system does not tell. */
  read(): Vitals | undefined {
    if (this.#isClosed) return undefined;
    try {
      this.#descriptor ??= openSync(`/proc/${this.identity.pid}/stat`, 'r');
      const length = readSync(this.#descriptor, this.#line, 0, LONGEST_LINE, 0);
      const line = this.#line.toString('latin1', 0, length);
      // From the third field on: the command before it may hold anything.
      const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
      if (Number(fields[19]) === this.identity.startTime && fields[0] !== 'Z') {
        return {
          processorTime: (Number(fields[11]) + Number(fields[12])) * TICK_MILLISECONDS,
          memory: Number(fields[21]) * this.#pageBytes,
          isRunnable: fields[0] === 'R',
        };
      }
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EMFILE' || code === 'ENFILE') return undefined; // this time
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

/** What the kernel tells each program at its start: pairs of a type and a value. */
export function pageBytes(): number {
  try {
    const pairs = readFileSync('/proc/self/auxv');
    for (let at = 0; at + 16 <= pairs.length; at += 16)
      if (pairs.readBigUInt64LE(at) === AT_PAGESZ) return Number(pairs.readBigUInt64LE(at + 8));
  } catch {
    // /proc is not mounted: the usual size will do
  }
  return USUAL_PAGE_BYTES;
}
