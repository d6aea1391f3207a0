import { writeSync } from 'node:fs';
import { hostname } from 'node:os';
import type { HostLogger } from './host-logger.ts';

const STANDARD_ERROR = 2;
/** Whoever reads our standard error may be slow. */
const PATIENCE_MILLISECONDS = 1_000;
const PAUSE_MILLISECONDS = 10;

/** pino's numbers, which readers of its lines know. */
const NUMBERS: ReadonlyMap<string, number> = new Map([
  ['trace', 10],
  ['debug', 20],
  ['info', 30],
  ['warn', 40],
  ['error', 50],
  ['fatal', 60],
  ['silent', Number.POSITIVE_INFINITY],
]);

/**
 * JSON lines on standard error as pino writes them, warnings and worse unless `BULKHEAD_LOG` names another level. Standard output is
 * the application's. Each line is written at once: the next thing that the application does may be its end.
 */
export function standardErrorLog(variables: NodeJS.ProcessEnv): HostLogger {
  const asked = variables['BULKHEAD_LOG'] ?? '';
  const level = NUMBERS.has(asked) ? asked : 'warn';
  const from = NUMBERS.get(level) ?? 0;
  const lineOf = (name: string): HostLogger['info'] => {
    const number = NUMBERS.get(name) ?? 0;
    return (fields, message) => {
      if (number >= from) write(`${JSON.stringify(entryOf(number, fields, message), withoutBigInts)}\n`);
    };
  };
  return { level, debug: lineOf('debug'), info: lineOf('info'), warn: lineOf('warn'), error: lineOf('error') };
}

function entryOf(level: number, fields: object, msg: string): object {
  return { level, time: Date.now(), pid: process.pid, hostname: hostname(), name: 'bulkhead', ...fields, msg };
}

/** A plugin may log integers of any size, which JSON.stringify refuses. */
function withoutBigInts(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}

function write(text: string): void {
  const giveUpAt = performance.now() + PATIENCE_MILLISECONDS;
  let rest = Buffer.from(text);
  while (rest.length > 0)
    try {
      rest = rest.subarray(writeSync(STANDARD_ERROR, rest));
    } catch (error) {
      // a pipe that is full, which a parent process has set not to block
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN' || performance.now() > giveUpAt) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MILLISECONDS);
    }
}
