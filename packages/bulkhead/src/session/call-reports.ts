import { Kind, type LogPayload, type ProgressPayload } from '@bulkhead/protocol';
import { type HideSecrets, hideInValue } from '../lifecycle/hide-secrets.ts';
import { isRecord } from '../lifecycle/is-record.ts';
import { visibleLine } from '../lifecycle/visible-text.ts';
import type { Conversation, MessageHandlers, SessionPart } from './session-part.ts';

/** Takes each LOG of the plugin; `call` is the id of the call it was written in, or 0. */
export type LogSink = (call: number, log: LogPayload) => void;

/** Longer messages are cut. */
const LONGEST_LOG = 65_536;
const LONGEST_PROGRESS = 1_024;

const LEVELS: ReadonlySet<unknown> = new Set<LogPayload['level']>(['debug', 'info', 'warn', 'error']);

/** What the plugin tells of its calls while they run: LOG and PROGRESS, each a sign of life. */
export class CallReports implements SessionPart {
  readonly handles: MessageHandlers = {
    [Kind.Log]: ([, call, log]) => this.#log(call, log),
    [Kind.Progress]: ([, call, progress]) => this.#progress(call, progress),
  };
  readonly #calls: Conversation['calls'];
  readonly #sink: LogSink;
  readonly #hide: HideSecrets;

  constructor({ calls }: Conversation, { log, hide }: { readonly log: LogSink; readonly hide: HideSecrets }) {
    this.#calls = calls;
    this.#sink = log;
    this.#hide = hide;
  }

  /** A report was too large to be read: nothing worse than a line that is missing, which is said. */
  refused(kind: number | undefined, call: number | undefined, reason: string): boolean {
    if (kind !== Kind.Log && kind !== Kind.Progress) return false;
    const name = kind === Kind.Log ? 'log line' : 'progress report';
    this.#sink(call ?? 0, { level: 'warn', message: `A ${name} of the plugin was dropped: ${reason}` });
    return true;
  }

  #log(call: number, log: unknown): string | undefined {
    if (!isRecord(log) || typeof log['message'] !== 'string') return 'a LOG is not as the protocol says';
    this.#calls.get(call)?.touch?.();
    const { level, message, fields } = log;
    this.#sink(call, {
      level: LEVELS.has(level) ? (level as LogPayload['level']) : 'info',
      message: visibleLine(message, LONGEST_LOG, this.#hide),
      ...(isRecord(fields) ? { fields: hideInValue(fields, this.#hide) as typeof fields } : {}),
    });
    return undefined;
  }

  #progress(call: number, value: unknown): string | undefined {
    const progress = readProgress(value, this.#hide);
    if (progress === undefined) return 'a PROGRESS is not as the protocol says';
    const receiver = this.#calls.get(call);
    receiver?.touch?.();
    receiver?.progress?.(progress);
    return undefined;
  }
}

export function readProgress(value: unknown, hide: HideSecrets): ProgressPayload | undefined {
  if (!isRecord(value)) return undefined;
  const { fraction, message } = value;
  return {
    ...(typeof fraction === 'number' && fraction >= 0 && fraction <= 1 ? { fraction } : {}),
    ...(typeof message === 'string' ? { message: visibleLine(message, LONGEST_PROGRESS, hide) } : {}),
  };
}
