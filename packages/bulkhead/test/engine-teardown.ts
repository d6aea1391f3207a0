import { existsSync, readFileSync, rmSync } from 'node:fs';
import { FOLDER, ownSocket, removeDaemon, STARTED_BY, stopDaemon } from './engine-daemon.ts';

/** Lets the tests of this run know each other. */
export function setup(): void {
  process.env['BULKHEAD_TEST_RUN'] = String(process.pid);
}

/** Stops the engine that this run has started, if it had to. */
export async function teardown(): Promise<void> {
  if (!existsSync(STARTED_BY) || readFileSync(STARTED_BY, 'utf8') !== String(process.pid)) return;
  rmSync(STARTED_BY);
  await stopDaemon(FOLDER);
  await removeDaemon(ownSocket());
}
