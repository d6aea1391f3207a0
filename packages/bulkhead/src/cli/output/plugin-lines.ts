import type { HostLogger } from '../../monitor/host-logger.ts';
import { standardErrorLog } from '../../monitor/standard-error-log.ts';
import { visibleLine } from '../../lifecycle/visible-text.ts';
import { jsonText } from '../../views/json-text.ts';
import type { Terminal } from './terminal.ts';

const SILENT: HostLogger = { level: 'silent', debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** The log of a command: silent unless `BULKHEAD_LOG` asks for it, since failures become the command's error. */
export function quietLogger(): HostLogger {
  return process.env['BULKHEAD_LOG'] === undefined ? SILENT : standardErrorLog(process.env);
}

/** Shows lines that plugins print and log on standard error, as they come. */
export function showPluginLines({ error: output }: Terminal, print: (line: string) => void): HostLogger {
  if (process.env['BULKHEAD_LOG'] !== undefined) return standardErrorLog(process.env);
  const show =
    (severity: string) =>
    (said: LogFields, message: string): void => {
      const { plugin, stream, logger, fields, traceback, ending, event } = said;
      // what Bulkhead itself says of its plugins has no stream; here it matters when one is gone that should be there, or has
      // hooks that take no part in their event
      const isMissed = ending === 'crashed' || ending === 'replaced' || (plugin !== undefined && event !== undefined);
      if (stream === undefined && !isMissed) return;
      const more = fields === undefined ? '' : ` ${jsonText(fields, { pretty: false })}`;
      const name = logger === undefined ? '' : `${logger}: `;
      const lines = [severity + name + message + more, ...(traceback?.split('\n') ?? [])];
      for (const line of lines) print(`${output.colours.dim(`${plugin} |`)} ${visibleLine(line)}`);
    };
  return { level: 'info', debug: () => {}, info: show(''), warn: show('warning: '), error: show('error: ') };
}

/** What `EventLog` says of a line, besides its text. */
interface LogFields {
  readonly plugin?: string;
  readonly stream?: 'stdout' | 'stderr' | 'log';
  readonly logger?: string;
  readonly fields?: unknown;
  readonly traceback?: string;
  readonly ending?: string;
  /** The event whose hooks it is about. */
  readonly event?: string;
}
