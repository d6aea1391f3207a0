import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import { fixture, TEST_HOME } from '../test-home.ts';
import { until } from '../until.ts';

/** Milliseconds: longer than anything takes that the plugins do, and shorter than the host is stopped. */
const LIMIT = 1_500;

test.skipIf(process.platform === 'win32')(
  'a host that was stopped reads what has come before it judges any limit',
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'bulkhead-paused-'));
    const plugin = (id: string, timeouts: object, more: object = {}): object => ({
      id,
      path: fixture('plugins/tells_when_done'),
      env: { DONE_FOLDER: folder, NAME: id },

      timeouts,
      ...more,
    });
    const plugins = [
      plugin('calls', { call: `${LIMIT}ms` }),
      plugin('waits', { queue: `${LIMIT}ms` }, { instances: { max: 1 } }),
      plugin('idles', { idle: `${LIMIT}ms` }),
      plugin('cancels', { cancel_grace: `${LIMIT}ms` }),
      plugin('spawned', { start: `${LIMIT}ms` }, { start: 'spawn' }),
      plugin('forked', { start: `${LIMIT}ms` }, { start: 'fork' }),
    ];
    const registry = join(folder, 'plugins.yaml');
    await writeFile(registry, JSON.stringify({ plugins })); // JSON is YAML
    const host = spawn(process.execPath, [fixture('programs/paused-host.mjs'), registry, TEST_HOME, folder], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const closed = once(host, 'close');
    const lines = createInterface({ input: host.stdout })[Symbol.asyncIterator]();
    try {
      expect((await lines.next()).value).toBe('"asked"');
      host.kill('SIGSTOP');
      const done = ['execute call', 'execute first', 'progress', 'cancelled', 'import spawned', 'import forked'];
      for (const what of done) await until(() => existsSync(join(folder, what)), `"${what}"`);
      const doneAt = performance.now(); // the answers themselves follow, and a busy machine may take its time for that
      await until(() => performance.now() - doneAt > 2 * LIMIT, 'the end of the limits');
      host.kill('SIGCONT');
      expect(JSON.parse((await lines.next()).value as string)).toEqual({
        call: 'ok',
        first: 'ok',
        queued: 'ok',
        idle: 'ok',
        spawned: 'ok',
        forked: 'ok',
        cancelled: 'CALL_CANCELLED',
        replaced: false,
      });
    } finally {
      host.kill('SIGKILL');
      await closed;
      await rm(folder, { recursive: true });
    }
  },
);
