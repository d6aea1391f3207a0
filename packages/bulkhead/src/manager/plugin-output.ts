import type { LogPayload } from '@bulkhead/protocol';
import type { LogLine } from '../session/call-reports.ts';
import type { InstanceIdentity, OutputLine } from '../launcher/running-instance.ts';
import type { EventLog } from '../monitor/event-log.ts';

/** A line that a plugin logged or printed. */
export interface PluginLine {
  /** `info` of what it printed. */
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly text: string;
  /** `log` of what it logged, through its context or its language's own way. */
  readonly stream: 'stdout' | 'stderr' | 'log';
  /** The number of the call that it belongs to, within its instance; undefined: of none, or of one of several. */
  readonly call: number | undefined;
  /** The name of what it logged with, such as a logger of Python's `logging`. */
  readonly logger?: string | undefined;
  readonly fields?: Readonly<Record<string, unknown>> | undefined;
  /** Of the exception that the line is about. */
  readonly traceback?: string | undefined;
}

export interface PluginOutputParts {
  readonly log: EventLog;
  /** Whether anybody hears lines besides the log. */
  isHeard(): boolean;
  line(plugin: string, instance: InstanceIdentity, line: PluginLine): void;
  /** The one call that an instance runs. */
  onlyCallOf(plugin: string, generation: number): number | undefined;
}

/** What plugins log and print: goes to the host's log, and to those who listen. */
export class PluginOutput {
  readonly #parts: PluginOutputParts;

  constructor(parts: PluginOutputParts) {
    this.#parts = parts;
  }

  /** From which on lines of a plugin's own logger are worth sending. */
  get level(): LogPayload['level'] {
    const { log, isHeard } = this.#parts;
    return isHeard() && log.level !== 'debug' ? 'info' : log.level;
  }

  printed(plugin: string, instance: InstanceIdentity, { stream, text, record }: OutputLine): void {
    const { log, isHeard, line, onlyCallOf } = this.#parts;
    const call = onlyCallOf(plugin, instance.generation);
    if (record !== undefined) return this.logged(plugin, instance, call ?? 0, record);
    log.output(plugin, instance, call, { stream, text });
    if (isHeard()) line(plugin, instance, { level: 'info', text, stream, call });
  }

  /** @param call 0 of none */
  logged(plugin: string, instance: InstanceIdentity, call: number, record: LogLine): void {
    const { log, isHeard, line } = this.#parts;
    log.record(plugin, instance, call, record);
    if (!isHeard()) return;
    const { level, message: text, logger, fields, traceback } = record;
    const about = { call: call === 0 ? undefined : call, logger, fields, traceback };
    line(plugin, instance, { level, text, stream: 'log', ...about });
  }
}
