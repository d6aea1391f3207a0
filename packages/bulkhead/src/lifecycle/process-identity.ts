import { readFileSync } from 'node:fs';

/** A process, told apart from a later one that was given the same pid. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks since boot at which the process started; undefined where the system does not tell. */
  readonly startTime: number | undefined;
}

/**
 * Reads who `pid` is now, or undefined when there is no such process.
 *
 * Linux: field 22 of `/proc/PID/stat` (proc(5)), counted after the last `)` because a command's name may hold anything.
 */
export function identifyProcess(pid: number): ProcessIdentity | undefined {
  if (process.platform === 'linux') {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      if (fields[0] === 'Z' || fields[0] === 'X') return undefined;
      return { pid, startTime: Number(fields[19]) };
    } catch {
      return undefined;
    }
  }
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return undefined;
  }
  return { pid, startTime: undefined };
}

/** Whether the very process that was once identified is still running. */
export function isSameProcess(known: ProcessIdentity): boolean {
  const now = identifyProcess(known.pid);
  return now !== undefined && now.startTime === known.startTime;
}

/** Signals the very process that was once identified, and nobody if it is gone. Returns whether it was signalled. */
export function signalIfSame(known: ProcessIdentity, signal: NodeJS.Signals, whom: 'it' | 'its group' = 'it'): boolean {
  if (!isSameProcess(known)) return false;
  try {
    process.kill(whom === 'it' ? known.pid : -known.pid, signal);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ESRCH' && code !== 'EPERM') throw error;
    return false;
  }
}
