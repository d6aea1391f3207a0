import { constants } from 'node:os';
import { type RemoteFailure, TemplateKind } from '@bulkhead/protocol';
import { readFailure } from '../../errors/read-failure.ts';
import type { HideSecrets } from '../../lifecycle/hide-secrets.ts';
import { visibleLine } from '../../lifecycle/visible-text.ts';
import type { ProcessExit } from '../process/process-instance.ts';

/** Characters. */
const LONGEST_REASON = 500;

/** A message of a template; see "Templates" in the protocol. `number` is that of the host's request. */
export type TemplateMessage =
  | { readonly type: 'imported' }
  /** The plugin may not be forked. */
  | { readonly type: 'refused'; readonly reason: string }
  /** The plugin's module could not be imported. */
  | { readonly type: 'failed'; readonly failure: RemoteFailure }
  | { readonly type: 'forked'; readonly number: number; readonly pid: number }
  | { readonly type: 'not-forked'; readonly number: number }
  /** Whether the plugin's files are those that the template has imported. */
  | { readonly type: 'checked'; readonly number: number; readonly isCurrent: boolean }
  | { readonly type: 'exited'; readonly number: number; readonly exit: ProcessExit };

/** Undefined if the protocol does not allow it: plugin code runs in the template, and can write to its channel. */
export function readTemplateMessage(value: unknown, hide: HideSecrets): TemplateMessage | undefined {
  if (!Array.isArray(value)) return undefined;
  const [kind, number, first, second] = value as readonly unknown[];
  if (!isNumber(number, 0)) return undefined;
  switch (kind) {
    case TemplateKind.Imported:
      return { type: 'imported' };
    case TemplateKind.Refused:
      return typeof first === 'string'
        ? { type: 'refused', reason: visibleLine(first, LONGEST_REASON, hide) }
        : undefined;
    case TemplateKind.Failed: {
      const failure = readFailure(first, hide);
      return failure === undefined ? undefined : { type: 'failed', failure };
    }
    case TemplateKind.Forked:
      return isNumber(first, 1) ? { type: 'forked', number, pid: first } : undefined;
    case TemplateKind.NotForked:
      return typeof first === 'string' ? { type: 'not-forked', number } : undefined;
    case TemplateKind.Checked:
      return typeof first === 'boolean' ? { type: 'checked', number, isCurrent: first } : undefined;
    case TemplateKind.Exited: {
      const exit = readExit(first, second);
      return exit === undefined ? undefined : { type: 'exited', number, exit };
    }
    default:
      return undefined;
  }
}

function isNumber(value: unknown, least: number): value is number {
  return Number.isSafeInteger(value) && (value as number) >= least;
}

/** A process has either a status or a signal. */
function readExit(code: unknown, signal: unknown): ProcessExit | undefined {
  if (signal === null) return isNumber(code, 0) && code < 256 ? { code, signal } : undefined;
  return code === null && isNumber(signal, 1) && signal < 128 ? { code, signal: signalName(signal) } : undefined;
}

function signalName(number: number): NodeJS.Signals {
  const known = Object.entries(constants.signals).find(([, value]) => value === number)?.[0];
  // Node has no names for real-time signals; `describeExit` shows what it gets.
  return (known ?? `SIG${number}`) as NodeJS.Signals;
}
