import { setTimeout as delay } from 'node:timers/promises';
import type { Worker } from './worker.ts';

const PATIENCE_MILLISECONDS = 5_000;

/** Halts a worker so that its call can't end, calls it, kills it, and answers what the caller sees. */
export async function seenWhenKilled(worker: Worker): Promise<string> {
  process.kill(worker.pid, 'SIGSTOP');
  const began = performance.now();
  const call = worker.binary(Buffer.from('in the middle')).then(
    () => 'an answer',
    (error: unknown) => describe(error),
  );
  await delay(200);
  process.kill(worker.pid, 'SIGKILL');
  const seen = await Promise.race([call, delay(PATIENCE_MILLISECONDS, undefined)]);
  if (seen === undefined) return `nothing: the call was still open after ${PATIENCE_MILLISECONDS / 1000} s`;
  return `${seen} (after ${Math.round(performance.now() - began - 200)} ms)`;
}

function describe(error: unknown): string {
  const { name, code, message } = error as { name?: string; code?: unknown; message?: string };
  const text = `${name ?? 'Error'}${code === undefined ? '' : ` ${String(code)}`}: ${message ?? String(error)}`;
  return text.replaceAll(/\s+/g, ' ').slice(0, 160);
}
