import { type Logger, pino } from 'pino';
import { createLogger } from '../../monitor/event-log.ts';
import { visibleLine } from '../../lifecycle/visible-text.ts';
import { jsonText } from '../../views/json-text.ts';
import type { Terminal } from './terminal.ts';

/** The log of a command: silent unless `BULKHEAD_LOG` asks for it, since failures become the command's error. */
export function quietLogger(): Logger {
  return process.env['BULKHEAD_LOG'] === undefined ? pino({ level: 'silent' }) : createLogger(process.env);
}

/** Shows lines that plugins print and log on standard error, as they come. */
export function showPluginLines({ error: output }: Terminal, print: (line: string) => void): Logger {
  if (process.env['BULKHEAD_LOG'] !== undefined) return createLogger(process.env);
  const write = (entry: string): void => {
    const { plugin, stream, level, msg, logger, fields, traceback, ending, event } = JSON.parse(entry) as LogLine;
    // what Bulkhead itself says of its plugins has no stream; here it matters when one is gone that should be there, or has
    // hooks that take no part in their event
    const isMissed = ending === 'crashed' || ending === 'replaced' || (plugin !== undefined && event !== undefined);
    if (stream === undefined && !isMissed) return;
    const severity = level >= ERROR ? 'error: ' : level >= WARNING ? 'warning: ' : '';
    const more = fields === undefined ? '' : ` ${jsonText(fields, { pretty: false })}`;
    const name = logger === undefined ? '' : `${logger}: `;
    const lines = [severity + name + msg + more, ...(traceback?.split('\n') ?? [])];
    for (const line of lines) print(`${output.colours.dim(`${plugin} |`)} ${visibleLine(line)}`);
  };
  return pino({ level: 'info' }, { write });
}

interface LogLine {
  readonly plugin?: string;
  readonly stream?: 'stdout' | 'stderr' | 'log';
  readonly level: number;
  readonly msg: string;
  readonly logger?: string;
  readonly fields?: unknown;
  readonly traceback?: string;
  readonly ending?: string;
  /** The event whose hooks it is about. */
  readonly event?: string;
}

/** pino's numbers. */
const WARNING = 40;
const ERROR = 50;
