import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { StateFolder } from '../../src/environment/state-folder.ts';
import { Ledger } from '../../src/launcher/ledger/ledger.ts';
import { anyPython } from '../any-python.ts';
import { fixture, TEST_HOME } from '../test-home.ts';

const PLUGINS = 30;
/** A host has about 25 open before it starts a plugin, and five for each. */
const DESCRIPTORS = 40;

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bulkhead-crowded-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

async function limitDescriptors(pid: number): Promise<void> {
  const { executable } = await anyPython();
  const limit = `import resource; resource.prlimit(${pid}, resource.RLIMIT_NOFILE, (${DESCRIPTORS}, ${DESCRIPTORS}))`;
  await promisify(execFile)(executable, ['-c', limit]);
}

describe.skipIf(process.platform !== 'linux').each(['spawn', 'fork'])('started by %s', (start) => {
  test('plugins for which no descriptors are left fail by a code, the others work, and nothing is left', async () => {
    const path = fixture('plugins/echo');
    const plugins = Array.from({ length: PLUGINS }, (_, index) => ({ id: `echo_${index}`, path, start }));
    const registry = join(folder, 'plugins.yaml');
    await writeFile(registry, JSON.stringify({ plugins })); // JSON is YAML
    const host = spawn(process.execPath, [fixture('programs/crowded-host.mjs'), registry, TEST_HOME], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, BULKHEAD_LOG: 'silent' },
    });
    const exited = once(host, 'exit');
    const lines = createInterface({ input: host.stdout })[Symbol.asyncIterator]();
    try {
      expect((await lines.next()).value).toBe('"ready"');
      await limitDescriptors(host.pid as number);
      host.stdin.write('go\n');
      const { outcomes, advice, uncaught } = JSON.parse((await lines.next()).value as string) as {
        outcomes: Record<string, number>;
        advice: string;
        uncaught: string[];
      };
      expect(uncaught).toEqual([]);
      expect(advice).toContain('ulimit -n');
      // or the environment could not be looked at
      const { SYSTEM_EXHAUSTED: _, ...others } = outcomes;
      expect(Object.keys(others).toSorted()).toEqual(['PLUGIN_LAUNCH_FAILED', 'ok']);
      expect(await exited).toEqual([0, null]);
    } finally {
      host.kill('SIGKILL');
      await exited;
    }
    const { machineFolder } = new Ledger(new StateFolder(TEST_HOME).instances);
    const hosts = await readdir(machineFolder).catch(() => []);
    expect(hosts.filter((name) => name.startsWith(`${host.pid}-`))).toEqual([]);
  });
});
