import { constants } from 'node:os';
import type { ExitInfo } from '../running-instance.ts';

/** How an instance ended, as the rest of a sentence whose subject is the plugin. */
export function describeExit(exit: ExitInfo): string {
  if (exit.signal !== null) return `was ended by signal ${exit.signal}`;
  // A shell-like status over 128 comes from a plugin that passes on its child's death.
  const signalNumber = (exit.code ?? 0) - 128;
  const name = Object.entries(constants.signals).find(([, number]) => number === signalNumber)?.[0];
  return `exited with status ${exit.code ?? 'unknown'}${name === undefined ? '' : ` (as after ${name})`}`;
}

/** What may have caused it, where that is known. */
export function hintsFor(exit: ExitInfo): readonly string[] {
  if (exit.requested !== undefined) return [];
  switch (exit.signal) {
    case 'SIGKILL':
      return [
        'The host did not send this signal: the kernel does so when the machine runs out of memory (see `dmesg`), and a plugin ends itself so when it closes file descriptor 3 or 4.',
      ];
    case 'SIGSEGV':
    case 'SIGBUS':
    case 'SIGILL':
    case 'SIGFPE':
      return [
        'This is a fault in native code: a compiled package that does not fit its interpreter or its numpy is the usual cause.',
      ];
    case 'SIGABRT':
      return ['Native code gave up by itself; what it said should be in the last lines.'];
    default:
      return [];
  }
}
