import { constants } from 'node:os';
import type { RemoteFailure } from '@bulkhead/protocol';
import type { ProcessExit } from '../process/process-instance.ts';

export type SocketName = 'data' | 'control' | 'stdout' | 'stderr';

/** What a template is asked: to fork an instance of this number, or whether one forked earlier would be forked so today. */
export type TemplateRequest = { readonly fork: number } | { readonly check: number };

/** What a template says; see `_process/template.py` in the Python SDK, which is the one place that sends these. */
export type TemplateMessage =
  | { readonly ready: true }
  /** It may not be forked, for this reason. */
  | { readonly refused: string }
  /** The plugin's module could not be imported. */
  | { readonly failure: RemoteFailure }
  /** The message carries that socket of the instance with this number. */
  | { readonly instance: number; readonly socket: SocketName }
  | { readonly instance: number; readonly pid: number }
  /** This one instance was not forked. */
  | { readonly failed: number; readonly reason: string }
  /** Whether the plugin's files are those that it has imported. */
  | { readonly checked: number; readonly current: boolean }
  | { readonly exited: number; readonly code: number | null; readonly signal: number | null };

export function endOf({ code, signal }: { readonly code: number | null; readonly signal: number | null }): ProcessExit {
  return { code, signal: signal === null ? null : signalName(signal) };
}

function signalName(number: number): NodeJS.Signals {
  const known = Object.entries(constants.signals).find(([, value]) => value === number)?.[0];
  // Real-time signals have no name in Node; `describeExit` shows what it is given.
  return (known ?? `SIG${number}`) as NodeJS.Signals;
}
