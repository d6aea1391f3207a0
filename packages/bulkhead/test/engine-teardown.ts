import { existsSync, readFileSync, rmSync } from 'node:fs';
import { ContainerEngine } from '../src/engine/container-engine.ts';
import { engineAddress } from '../src/engine/engine-address.ts';
import { FOLDER, ownSocket, removeDaemon, STARTED_BY, stopDaemon } from './engine-daemon.ts';
import { giveBackPythonImage } from './python-image.ts';

/** Lets the tests of this run know each other. */
export function setup(): void {
  process.env['BULKHEAD_TEST_RUN'] = String(process.pid);
}

/** Leaves the engine of this machine as it was, and stops the one that this run has started, if it had to. */
export async function teardown(): Promise<void> {
  const address = engineAddress(process.env);
  if (existsSync(address.socket)) await giveBackPythonImage(new ContainerEngine(address)).catch(() => undefined);
  if (!existsSync(STARTED_BY) || readFileSync(STARTED_BY, 'utf8') !== String(process.pid)) return;
  rmSync(STARTED_BY);
  await stopDaemon(FOLDER);
  await removeDaemon(ownSocket());
}
