import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readlinkSync } from 'node:fs';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { fixture, startedBy, TEST_HOME } from '../../test-home.ts';

const NAME = 'held by the shell of the host';

/** By number, and what it is without the number of a socket or pipe. */
function descriptorsOf(pid: number): Record<string, string> {
  const folder = `/proc/${pid}/fd`;
  return Object.fromEntries(
    readdirSync(folder).map((name) => [name, readlinkSync(`${folder}/${name}`).split(':')[0] as string]),
  );
}

describe.skipIf(process.platform !== 'linux').each(['spawn', 'fork'] as const)('started by %s', (start) => {
  let registry: string;
  let held: FileHandle;

  beforeEach(async () => {
    registry = await startedBy(start, 'supervised.yaml');
    held = await open(join(dirname(registry), NAME), 'w');
  });

  afterEach(async () => {
    await held.close();
    await rm(dirname(registry), { recursive: true });
  });

  test('a plugin has none of the descriptors that its host inherited', async () => {
    // whoever starts a host may hold a lock in any descriptor: here one that a plugin would take for its own, and others
    const host = spawn(process.execPath, [fixture('programs/host.mjs'), registry, TEST_HOME, 'echo'], {
      stdio: ['ignore', 'pipe', 'inherit', held.fd, held.fd, held.fd, held.fd, held.fd, held.fd, held.fd],
    });
    const exited = once(host, 'exit');
    try {
      const [line] = (await once(createInterface({ input: host.stdout as NodeJS.ReadableStream }), 'line')) as [string];
      const inherited = join(dirname(registry), NAME);
      expect(Object.values(descriptorsOf(host.pid as number)).filter((path) => path === inherited)).toHaveLength(7);
      const { pid } = JSON.parse(line) as { pid: number };
      const descriptors = descriptorsOf(pid);
      expect(Object.values(descriptors)).not.toContain(inherited);
      expect(descriptors).toMatchObject({
        0: '/dev/null',
        3: 'socket',
        4: 'socket',
        5: start === 'spawn' ? 'socket' : 'pipe',
      });
    } finally {
      host.kill('SIGKILL');
      await exited;
    }
  });
});
