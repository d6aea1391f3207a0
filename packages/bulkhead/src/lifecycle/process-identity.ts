import { readFileSync } from 'node:fs';

/** A process, told apart from a later one that was given the same pid. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks since boot at which the process started; undefined where the system does not tell. */
  readonly startTime: number | undefined;
}

/** Reads who `pid` is now, or undefined when there is no such process. */
export function identifyProcess(pid: number): ProcessIdentity | undefined {
  const fields = process.platform === 'linux' ? statusFields(pid) : undefined;
  if (fields !== undefined) {
    const isGone = fields.length === 0 || fields[0] === 'Z' || fields[0] === 'X';
    return isGone ? undefined : { pid, startTime: Number(fields[19]) };
  }
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return undefined;
  }
  return { pid, startTime: undefined };
}

/**
 * Reads who `pid` is now, which `parent` is said to have started. A process that is gone gets no start time, so that no other
 * is ever taken for it.
 */
export function identifyChild(pid: number, parent: number): ProcessIdentity | 'child of another' | 'not told' {
  const fields = process.platform === 'linux' ? statusFields(pid) : undefined;
  if (fields === undefined) return 'not told';
  if (fields.length === 0) return { pid, startTime: undefined };
  if (Number(fields[1]) === parent) return { pid, startTime: Number(fields[19]) };
  // The child of a parent that has just ended belongs to another, and ends by its lifeline.
  return identifyProcess(parent) === undefined ? { pid, startTime: undefined } : 'child of another';
}

/**
 * Reads who the process is that `parent` has started, and that has the number `inner` in a name space of its own. That is what
 * the kernel says: the process itself may say anything.
 */
export function identifyInside(inner: number, parent: number): ProcessIdentity | undefined {
  // The latest is the last one, and most often the one that is meant.
  for (const child of childrenOf(parent).toReversed()) {
    const numbers = /^NSpid:\s*(.*)$/m.exec(readOrEmpty(`/proc/${child}/status`))?.[1]?.split(/\s+/) ?? [];
    if (numbers.length > 1 && Number(numbers.at(-1)) === inner) return identifyProcess(child);
  }
  return undefined;
}

function childrenOf(pid: number): readonly number[] {
  return readOrEmpty(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean).map(Number);
}

function readOrEmpty(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return ''; // it is gone, or the system does not tell
  }
}

/** Whether a process was stopped by a signal, as far as the system tells. */
export function isStopped(pid: number): boolean {
  const state = process.platform === 'linux' ? statusFields(pid)?.[0] : undefined;
  return state === 'T' || state === 't';
}

/** Of Linux, `PF_KTHREAD`: a thread of the kernel, which has neither arguments nor variables. */
const KERNEL_THREAD = 0x200000;

/** Whether a process is one of the kernel's own, as far as the system tells. */
export function isOfKernel(pid: number): boolean {
  return (Number(statusFields(pid)?.[6]) & KERNEL_THREAD) !== 0;
}

/**
 * The fields of `/proc/PID/stat` (proc(5)) from the third on: behind the last `)`, because a command's name may hold anything.
 * Empty when it is gone, undefined when it can't be read: for want of a free descriptor.
 */
function statusFields(pid: number): readonly string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'EMFILE' || code === 'ENFILE' ? undefined : [];
  }
}

/** Whether the process that was identified still runs, and is not a later one with the same pid. */
export function isSameProcess(known: ProcessIdentity): boolean {
  const now = identifyProcess(known.pid);
  // A start time that can't be read just now makes it no other.
  return now !== undefined && (now.startTime === known.startTime || now.startTime === undefined);
}

/** Signals a process only if it is still the one that was identified. Returns whether it was signalled. */
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
