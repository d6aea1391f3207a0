import { constants } from 'node:os';
import { BulkheadError } from '../../errors/bulkhead-error.ts';
import type { Diagnosis, ExitInfo } from '../running-instance.ts';
import { describeExit, hintsFor } from '../process/describe-exit.ts';
import type { ContainerExit } from './container-exit.ts';

/** A shell, and the first process of a container, tell a signal by a status that is this much greater. */
const SIGNAL_BASE = 128;
const MIB = 1024 ** 2;

/** As if the plugin's process were a child of this one. */
export function exitOf({ status }: ContainerExit): Pick<ExitInfo, 'code' | 'signal'> {
  const number = (status ?? 0) - SIGNAL_BASE;
  const signal = (Object.entries(constants.signals) as [NodeJS.Signals, number][]).find(([, each]) => each === number);
  return signal === undefined ? { code: status, signal: null } : { code: null, signal: signal[0] };
}

/** What else is known of a container that has ended. */
interface Circumstances {
  readonly plugin: string;
  /** Bytes; undefined: the registry sets no limit. */
  readonly memoryLimit: number | undefined;
  /** Whether the kernel has ended a process of it for want of memory. */
  readonly ranOut: boolean;
}

/** What is said of its end. */
export function explainExit(
  exit: ExitInfo,
  { status, outOfMemory, engineStopped }: ContainerExit,
  { plugin, memoryLimit, ranOut }: Circumstances,
): Pick<Diagnosis, 'ending' | 'hints' | 'failure' | 'limit'> {
  if (engineStopped) {
    const ending = 'was ended because the container engine was stopped';
    return { ending, hints: [], failure: new BulkheadError('ENGINE_STOPPED', { plugin, reason: ending }) };
  }
  // The engine tells it of the first process, and the plugin is a child of that.
  if (outOfMemory || (ranOut && exit.signal === 'SIGKILL')) {
    const ending = `was ended by ${memoryLimitInWords(memoryLimit)}`;
    const failure = new BulkheadError('MEMORY_LIMIT_EXCEEDED', { plugin, reason: ending });
    return { ending, hints: [], failure, limit: 'memory' };
  }
  if (status === null) return { ending: 'is gone: somebody has removed its container', hints: [] };
  return { ending: describeExit(exit), hints: isFromOutside(exit) ? [byWhom(exit)] : hintsFor(exit) };
}

function isFromOutside({ requested, signal }: ExitInfo): boolean {
  return requested === undefined && (signal === 'SIGTERM' || signal === 'SIGKILL');
}

function byWhom({ signal }: ExitInfo): string {
  return signal === 'SIGTERM'
    ? 'Somebody stopped its container, as `docker stop` does.'
    : 'Neither the host nor a memory limit did that: `docker kill` does, and the kernel of a machine that has no memory left.';
}

/**
 * @param limit bytes; undefined: the registry sets none
 * @param isShared whether several instances run in the container
 */
export function memoryLimitInWords(limit: number | undefined, isShared = false): string {
  if (limit === undefined) return 'the memory limit of its engine';
  return `its memory limit of ${Math.round(limit / MIB)} MiB${isShared ? ', which the forks in its container share' : ''}`;
}
