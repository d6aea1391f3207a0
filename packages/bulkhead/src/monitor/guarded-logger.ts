import { guarded, warnOnce } from '../lifecycle/guarded.ts';
import type { HostLogger } from './host-logger.ts';

const LEVELS = ['debug', 'info', 'warn', 'error'] as const;

/** A logger whose failures stay its own: a full disk behind it must not end the output of plugins. */
export type GuardedLogger = Pick<HostLogger, (typeof LEVELS)[number]>;

/** Guards a logger. Its first failure becomes a warning of the process. */
export function guardedLogger(logger: GuardedLogger): GuardedLogger {
  const failed = warnOnce('the logger');
  const [debug, info, warn, error] = LEVELS.map((level) =>
    guarded((fields: object, message: string) => logger[level](fields, message), failed),
  );
  return { debug: debug!, info: info!, warn: warn!, error: error! };
}
