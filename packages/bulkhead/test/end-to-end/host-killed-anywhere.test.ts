import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findMarkedProcesses } from '../../src/lifecycle/marked-processes.ts';
import { isSameProcess, type ProcessIdentity, signalIfSame } from '../../src/lifecycle/process-identity.ts';
import { PluginManager } from '../../src/manager/plugin-manager.ts';
import { sharedTools } from '../environment/shared-uv.ts';
import { gone, identify } from '../processes.ts';
import { fixture, observed } from '../test-home.ts';

/** Crosses to plugins and builders, because locale does. */
const MARK = 'LC_BULKHEAD_TEST';
const REGISTRY = fixture('working.yaml');
const ROUNDS = 10;
const seed = Number(process.env['BULKHEAD_TEST_SEED'] ?? Date.now() % 1_000_000);

let home: string;
let variables: NodeJS.ProcessEnv;

beforeEach(async () => {
  const { uv, answers } = await sharedTools();
  home = await mkdtemp(join(tmpdir(), 'bulkhead-killed-'));
  await cp(answers, join(home, 'answers'), { recursive: true });
  variables = { ...process.env, BULKHEAD_UV: uv, [MARK]: home };
});

afterEach(async () => {
  for (const left of await descendants()) signalIfSame(left, 'SIGKILL');
  await rm(home, { recursive: true, force: true, maxRetries: 5 });
});

function startHost(...more: string[]): ChildProcess {
  const program = fixture('programs/working-host.mjs');
  return spawn(process.execPath, [program, REGISTRY, home, ...more], {
    env: variables,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

async function kill(host: ChildProcess): Promise<void> {
  host.kill('SIGKILL');
  await once(host, 'exit');
}

/** Everything that was started by a host of this test, and by what it started. */
async function descendants(): Promise<readonly ProcessIdentity[]> {
  return await findMarkedProcesses(MARK, new Set([home]));
}

/** Numbers between 0 and 1, the same for the same seed: mulberry32. */
function randomNumbers(state: number): () => number {
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

test(
  `a host killed at ${ROUNDS} random moments leaves no process, no socket, and nothing that its successor trips over (seed ${seed})`,
  { timeout: 300_000 },
  async () => {
    process.stdout.write(`BULKHEAD_TEST_SEED=${seed}\n`);
    const random = randomNumbers(seed);
    for (let round = 0; round < ROUNDS; round++) {
      const moment = Math.round(random() ** 1.5 * 3_000);
      const host = startHost();
      await once(host, 'spawn');
      await sleep(moment);
      await kill(host);
      await Promise.all((await descendants()).map((each) => gone(each)));
      expect(await descendants(), `round ${round}, killed after ${moment} ms`).toEqual([]);
      const files = await readdir(home, { recursive: true, withFileTypes: true });
      expect(files.filter((file) => file.isSocket())).toEqual([]);
      // every other time the next host finds only what this one has left
      if (round % 2 === 1) await worksAsIfNothingHadBeen();
    }
  },
);

async function worksAsIfNothingHadBeen(): Promise<void> {
  const { options } = observed();
  await using manager = await PluginManager.open(REGISTRY, { ...options, home, variables });
  expect(await Promise.all(['echo', 'by_venv'].map((id) => manager.executePlugin(id, 'again')))).toEqual([
    'again',
    'again',
  ]);
  expect(await manager.swept()).toEqual([]);
  await manager.close();
  await rm(join(home, 'environments'), { recursive: true });
}

/** The processes that the host names, the plugin's own first. */
async function named(host: ChildProcess): Promise<[ProcessIdentity, ProcessIdentity]> {
  const pids: { pid?: number; child?: number } = {};
  for await (const line of createInterface({ input: host.stdout as NonNullable<typeof host.stdout> })) {
    const { pid, child } = Object.assign(pids, JSON.parse(line));
    if (pid !== undefined && child !== undefined) return [identify(pid), identify(child)];
  }
  throw new Error('the host ended before it had named them');
}

test.skipIf(process.platform !== 'linux')(
  'a plugin whose C code never lets go of the interpreter goes with its host, and so does its child',
  async () => {
    const host = startHost('compute_in_c_beside_a_child');
    const processes = await named(host);
    await kill(host);
    await Promise.all(processes.map((each) => gone(each)));
  },
);

test.skipIf(process.platform !== 'linux')(
  'a child that has left the group of its plugin is ended and reported by the next host',
  async () => {
    const host = startHost('start_a_daemon');
    const [plugin, daemon] = await named(host);
    await kill(host);
    await gone(plugin);
    expect(isSameProcess(daemon)).toBe(true);
    const { options, lines } = observed();
    await using next = new PluginManager({ ...options, home, variables });
    expect(await next.swept()).toEqual([{ ...daemon, plugin: 'takes_long', isInstance: false }]);
    await gone(daemon);
    expect(lines).toContainEqual(
      expect.objectContaining({ level: 40, plugin: 'takes_long', instance_pid: daemon.pid }),
    );
  },
);
