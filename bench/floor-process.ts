import { type ChildProcess, spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import type { Socket } from 'node:net';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = new URL(import.meta.url.includes('/bench/dist/') ? '../' : './', import.meta.url);

export function benchFile(path: string): string {
  return fileURLToPath(new URL(path, here));
}

/** The Python SDK's source folder. */
export function sdkFolder(): string {
  return join(dirname(createRequire(import.meta.url).resolve('@bulkhead/plugin-sdk-python/package.json')), 'src');
}

/** Starts a bare interpreter on a script in floors/, with a socket pair as descriptor 3, as Bulkhead starts its own. */
export function spawnFloor(
  python: string,
  script: string,
  ...parameters: string[]
): { child: ChildProcess; socket: Socket } {
  const child = spawn(python, ['-I', '-S', benchFile(`floors/${script}`), ...parameters], {
    stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
  });
  return { child, socket: child.stdio[3] as Socket };
}
