import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findMarkedProcesses } from '../../src/lifecycle/marked-processes.ts';
import { isSameProcess, type ProcessIdentity, signalIfSame } from '../../src/lifecycle/process-identity.ts';
import { PluginManager } from '../../src/manager/plugin-manager.ts';
import { sharedTools } from '../environment/shared-uv.ts';
import { gone, identify } from '../processes.ts';
import { fixture, observed } from '../test-home.ts';
import { until } from '../until.ts';
import { onlyOnLinux } from '../not-run.ts';

/** Crosses to plugins and builders, because locale does. */
const MARK = 'LC_BULKHEAD_TEST';
const MARKS_ARE_READ = 'the mark of a process is read from /proc';
const REGISTRY = fixture('working.yaml');
/** Of a host, in their order: a kill is aimed behind the beginning of each. */
const STAGES = ['opening', 'building', 'starting', 'calling'];
const ROUNDS = process.env['BULKHEAD_TEST_LONG'] === '1' ? 10 : 5;
const SEED = Number(process.env['BULKHEAD_TEST_SEED'] ?? 4);

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

/** A host in a process of its own, whose lines are kept. */
class Host {
  readonly #process: ChildProcess;
  readonly #exited: Promise<unknown>;
  readonly #said: Record<string, unknown>[] = [];
  #hasEnded = false;

  constructor(...more: string[]) {
    const program = fixture('programs/working-host.mjs');
    this.#process = spawn(process.execPath, [program, REGISTRY, home, ...more], {
      env: variables,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#exited = once(this.#process, 'exit').then(() => (this.#hasEnded = true));
    const lines = createInterface({ input: this.#process.stdout as Readable });
    lines.on('line', (line) => this.#said.push(JSON.parse(line) as Record<string, unknown>));
  }

  /** The first value of this field that the host says. @throws when it ends without */
  async says(field: string, accepted: (value: unknown) => boolean = () => true): Promise<unknown> {
    const found = await until(() => {
      const line = this.#said.find((each) => field in each && accepted(each[field]));
      if (line === undefined && this.#hasEnded) throw new Error(`the host ended, having said ${this.#text}`);
      return line;
    }, `the ${field} of the host`);
    return found[field];
  }

  /** What it has begun. */
  get stage(): unknown {
    return this.#said.findLast((line) => 'stage' in line)?.['stage'];
  }

  /** @throws when it had ended by itself */
  async kill(): Promise<void> {
    expect(this.#process.kill('SIGKILL'), `the host ended by itself, having said ${this.#text}`).toBe(true);
    await this.#exited;
  }

  get #text(): string {
    return JSON.stringify(this.#said);
  }
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
  `a host killed at ${ROUNDS} random moments leaves no process, no socket, and nothing that its successor trips over (seed ${SEED})`,
  { timeout: 300_000 },
  async () => {
    const random = randomNumbers(SEED);
    const stages = new Set<unknown>();
    let killed = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const aimed = round % STAGES.length;
      const host = new Host();
      await host.says('stage', (stage) => STAGES.indexOf(stage as string) >= aimed);
      const moment = Math.round(random() ** 2 * 300);
      await sleep(moment);
      const running = await descendants();
      killed += running.length;
      stages.add(host.stage);
      await host.kill();
      await Promise.all([...running, ...(await descendants())].map((each) => gone(each)));
      expect(await descendants(), `killed ${moment} ms behind ${STAGES[aimed]}`).toEqual([]);
      const files = await readdir(home, { recursive: true, withFileTypes: true });
      expect(files.filter((file) => file.isSocket())).toEqual([]);
      // every other time the next host finds only what this one has left
      if (round % 2 === 1) await worksAsIfNothingHadBeen();
    }
    expect(stages.size, `hosts were killed only while ${[...stages].join(', ')}`).toBeGreaterThanOrEqual(3);
    expect(killed).toBeGreaterThanOrEqual(ROUNDS);
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
async function named(host: Host): Promise<[ProcessIdentity, ProcessIdentity]> {
  const [pid, child] = await Promise.all([host.says('pid'), host.says('child')]);
  return [identify(pid as number), identify(child as number)];
}

test(
  'a plugin whose C code never lets go of the interpreter goes with its host, and so does its child',
  onlyOnLinux('only its kernel signals the end of a socket'),
  async () => {
    const host = new Host('compute_in_c_beside_a_child');
    const processes = await named(host);
    await host.kill();
    await Promise.all(processes.map((each) => gone(each)));
  },
);

test(
  'a child that has left the group of its plugin is ended and reported by the next host',
  onlyOnLinux(MARKS_ARE_READ),
  async () => {
    const host = new Host('start_a_daemon');
    const [plugin, daemon] = await named(host);
    await host.kill();
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
