import { Kind, type LogPayload, type ProgressPayload } from '@bulkhead/protocol';
import { type HideSecrets, hideInValue } from '../lifecycle/hide-secrets.ts';
import { isRecord } from '../lifecycle/is-record.ts';
import { visibleLine, visibleText } from '../lifecycle/visible-text.ts';
import type { Conversation, MessageHandlers, SessionPart } from './session-part.ts';

/** A line of the plugin's log. */
export interface LogLine extends LogPayload {
  /** Of the call it was written in. */
  readonly traceparent?: string;
}

/** Takes each LOG of the plugin; `call` is the id of the call it was written in, or 0. */
export type LogSink = (call: number, log: LogLine) => void;

/** Longer messages are cut. */
const LONGEST_LOG = 65_536;
const LONGEST_LOGGER = 256;
const LONGEST_PROGRESS = 1_024;

/** Of how many calls the trace is remembered: a line may come behind the answer, by the other channel. */
const MOST_TRACES = 256;

const LEVELS: ReadonlySet<unknown> = new Set<LogPayload['level']>(['debug', 'info', 'warn', 'error']);

/** LOG and PROGRESS: the plugin reports on its running calls, and shows that they are alive. */
export class CallReports implements SessionPart {
  readonly handles: MessageHandlers = {
    [Kind.Log]: ([, call, log]) => this.#log(call, log),
    [Kind.Progress]: ([, call, progress]) => this.#progress(call, progress),
  };
  readonly #calls: Conversation['calls'];
  readonly #sink: LogSink;
  readonly #hide: HideSecrets;
  readonly #traces = new Map<number, string>();

  constructor({ calls }: Conversation, { log, hide }: { readonly log: LogSink; readonly hide: HideSecrets }) {
    this.#calls = calls;
    this.#sink = log;
    this.#hide = hide;
  }

  /** A report was too large to be read. It is dropped, and a log line says so. @returns false if it is no report */
  refused(kind: number | undefined, call: number | undefined, reason: string): boolean {
    if (kind !== Kind.Log && kind !== Kind.Progress) return false;
    const name = kind === Kind.Log ? 'log line' : 'progress report';
    this.#sink(call ?? 0, { level: 'warn', message: `A ${name} of the plugin was dropped: ${reason}` });
    return true;
  }

  /** The lines of that call are part of a trace. */
  traced(call: number, traceparent: string): void {
    this.#traces.set(call, traceparent);
    if (this.#traces.size <= MOST_TRACES) return;
    const [oldest] = this.#traces.keys();
    if (oldest !== undefined) this.#traces.delete(oldest);
  }

  #log(call: number, log: unknown): string | undefined {
    if (!isRecord(log) || typeof log['message'] !== 'string') return 'a LOG is not as the protocol says';
    this.#touch(call);
    const { level, message, logger, traceback, fields } = log;
    const traceparent = this.#traces.get(call);
    this.#sink(call, {
      level: LEVELS.has(level) ? (level as LogPayload['level']) : 'info',
      message: this.#shown(message),
      ...(traceparent === undefined ? {} : { traceparent }),
      ...(typeof logger === 'string' ? { logger: visibleLine(logger, LONGEST_LOGGER, this.#hide) } : {}),
      ...(typeof traceback === 'string' ? { traceback: visibleText(traceback, LONGEST_LOG, this.#hide) } : {}),
      ...(isRecord(fields) ? { fields: hideInValue(fields, (text) => this.#shown(text)) as typeof fields } : {}),
    });
    return undefined;
  }

  /** A line that belongs to no call, such as one of a thread, may be of any. */
  #touch(call: number): void {
    const receiver = this.#calls.get(call);
    if (receiver !== undefined) receiver.touch?.();
    else for (const each of this.#calls.values()) each.touch?.();
  }

  #shown(text: string): string {
    return visibleLine(text, LONGEST_LOG, this.#hide);
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
