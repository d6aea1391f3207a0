import { constants } from 'node:os';
import type { ExitInfo } from '../running-instance.ts';

/** Of an SDK that finds its descriptors closed by the plugin's own code; see the protocol, "Channels". */
const CLOSED_DESCRIPTORS = 76;

/** Whether the SDK ended it because the plugin's own code had closed its connection to the host. */
export function hasClosedConnection({ code }: ExitInfo): boolean {
  return code === CLOSED_DESCRIPTORS;
}

/** How an instance ended, as the rest of a sentence whose subject is the plugin. */
export function describeExit(exit: ExitInfo): string {
  if (exit.signal !== null) return `was ended by signal ${exit.signal}`;
  if (hasClosedConnection(exit)) return 'closed its connection to the host';
  // A shell-like status over 128 comes from a plugin that passes on its child's death.
  const signalNumber = (exit.code ?? 0) - 128;
  const name = Object.entries(constants.signals).find(([, number]) => number === signalNumber)?.[0];
  return `exited with status ${exit.code ?? 'unknown'}${name === undefined ? '' : ` (as after ${name})`}`;
}

/** What may have caused it, where that is known. */
export function hintsFor(exit: ExitInfo): readonly string[] {
  if (exit.requested !== undefined) return [];
  if (hasClosedConnection(exit)) {
    return [
      'Code of the plugin closed file descriptor 3, 4 or 6, as `os.closerange(3, …)` and programs that turn themselves into a daemon do.',
    ];
  }
  switch (exit.signal) {
    case 'SIGKILL':
      return [
        'The host did not send this signal. The kernel does so when the machine runs out of memory (see `dmesg`).',
      ];
    case 'SIGSEGV':
    case 'SIGBUS':
    case 'SIGILL':
    case 'SIGFPE':
      return [
        'This is a fault in native code: a compiled package that does not fit its interpreter, its numpy or its Node is the usual cause.',
      ];
    case 'SIGABRT':
      return ['Native code gave up by itself; what it said should be in the last lines.'];
    case 'SIGTERM':
    case 'SIGINT':
    case 'SIGHUP':
    case 'SIGQUIT':
      return [
        'The host did not send this signal: code of the plugin, somebody with `kill`, or what manages the services of this machine did.',
      ];
    default:
      return [];
  }
}
