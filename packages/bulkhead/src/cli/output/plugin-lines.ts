import { type Logger, pino } from 'pino';
import { createLogger } from '../../monitor/event-log.ts';
import { jsonText } from './json-text.ts';
import { type Terminal, visible } from './terminal.ts';

/** What a command logs: nothing, or what `BULKHEAD_LOG` asks for. What goes wrong becomes the command's error. */
export function quietLogger(): Logger {
  return process.env['BULKHEAD_LOG'] === undefined ? pino({ level: 'silent' }) : createLogger(process.env);
}

/** Shows on standard error what plugins print and log, line by line as it comes. */
export function showPluginLines({ error: output }: Terminal, print: (line: string) => void): Logger {
  if (process.env['BULKHEAD_LOG'] !== undefined) return createLogger(process.env);
  const write = (entry: string): void => {
    const { plugin, stream, level, msg, fields, ending, event } = JSON.parse(entry) as LogLine;
    // what Bulkhead itself says of its plugins has no stream; here it matters when one is gone that should be there, or has
    // hooks that take no part in their event
    const isMissed = ending === 'crashed' || ending === 'replaced' || (plugin !== undefined && event !== undefined);
    if (stream === undefined && !isMissed) return;
    const severity = level >= ERROR ? 'error: ' : level >= WARNING ? 'warning: ' : '';
    const more = fields === undefined ? '' : ` ${jsonText(fields, { pretty: false })}`;
    print(`${output.colours.dim(`${plugin} |`)} ${visible(severity + msg + more)}`);
  };
  return pino({ level: 'info' }, { write });
}

interface LogLine {
  readonly plugin?: string;
  readonly stream?: 'stdout' | 'stderr' | 'log';
  readonly level: number;
  readonly msg: string;
  readonly fields?: unknown;
  readonly ending?: string;
  /** The event whose hooks it is about. */
  readonly event?: string;
}

/** pino's numbers. */
const WARNING = 40;
const ERROR = 50;
