import type { LogPayload } from '@bulkhead/protocol';

type Level = LogPayload['level'];

const LEVELS: ReadonlyMap<unknown, Level> = new Map<string, Level>([
  ['trace', 'debug'],
  ['debug', 'debug'],
  ['info', 'info'],
  ['warn', 'warn'],
  ['error', 'error'],
  ['fatal', 'error'],
  ['silent', 'error'],
]);

/** From which on a logger takes lines. One that does not tell, or fails to, is taken to take all but those for debugging. */
export function levelOf(logger: { readonly level?: unknown; readonly levelVal?: unknown }): Level {
  try {
    const { level, levelVal } = logger;
    return LEVELS.get(level) ?? byNumber(levelVal);
  } catch {
    return 'info';
  }
}

/** pino's numbers, for a level that the application has made. */
function byNumber(value: unknown): Level {
  if (typeof value !== 'number' || (value > 20 && value <= 30)) return 'info';
  if (value <= 20) return 'debug';
  return value <= 40 ? 'warn' : 'error';
}
