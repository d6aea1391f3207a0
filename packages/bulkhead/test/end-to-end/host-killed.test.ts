import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PluginManager } from '../../src/manager/plugin-manager.ts';
import { gone, identify } from '../processes.ts';
import { fixture, IN_THREADS, observed, startedBy, TEST_HOME } from '../test-home.ts';
import { until } from '../until.ts';
import { OVER_GRPC, OVER_ZEROMQ } from '../wires.ts';
import { onlyOnLinux } from '../not-run.ts';

describe.each(['spawn', 'fork', IN_THREADS, OVER_ZEROMQ, OVER_GRPC] as const)('started by %s:', (start) => {
  let registry: string;

  beforeAll(async () => {
    registry = await startedBy(start, 'supervised.yaml');
  });

  afterAll(async () => {
    await rm(dirname(registry), { recursive: true });
  });

  test('a host killed with SIGKILL leaves no plugin running: idle, in a call, or with children', async () => {
    const host = startHost(registry, ['echo', 'never_answers', 'has_children']);
    const plugins = await reports(host);
    const processes = plugins
      .flatMap(({ pid, child }) => [pid, child])
      .filter((pid) => pid !== undefined && pid !== null)
      .map(identify);
    expect(processes).toHaveLength(4);
    host.kill('SIGKILL');
    await once(host, 'exit');
    await Promise.all(processes.map((process) => gone(process)));
  });

  test(
    'a host killed while a plugin starts leaves none either',
    onlyOnLinux('children are found in /proc'),
    async () => {
      const host = startHost(registry, ['slow_to_start']);
      await reports(host);
      const child = await childOf(host.pid as number);
      const plugin = identify(child);
      host.kill('SIGKILL');
      await once(host, 'exit');
      await gone(plugin);
    },
  );

  test(
    'the next host removes sockets that one had killed while a plugin starts',
    onlyOnLinux('children are found in /proc'),
    async () => {
      await using temporary = await TemporaryFolder.make();
      const host = startHost(registry, ['slow_to_start'], temporary.path);
      await reports(host);
      const plugin = identify(await childOf(host.pid as number));
      // of that plugin, and of one that is kept warm
      expect(temporary.ofHosts()).toHaveLength(typeof start === 'string' || start === IN_THREADS ? 0 : 2);
      host.kill('SIGKILL');
      await gone(plugin);
      const next = startHost(registry, ['echo'], temporary.path);
      await reports(next);
      await until(() => temporary.ofHosts().length === 0, 'the removal');
      next.kill('SIGKILL');
      await once(next, 'exit');
    },
  );

  test('a host after it works as if nothing had been', async () => {
    const { options } = observed();
    await using manager = await PluginManager.open(registry, options);
    expect(await manager.executePlugin('echo', 'again')).toBe('again');
  });
});

function startHost(registry: string, ids: readonly string[], temporary: string = tmpdir()): ChildProcess {
  return spawn(process.execPath, [fixture('programs/host.mjs'), registry, TEST_HOME, ...ids], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, TMPDIR: temporary },
  });
}

/** Where hosts of a test make what is temporary. */
class TemporaryFolder implements AsyncDisposable {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  static async make(): Promise<TemporaryFolder> {
    return new TemporaryFolder(await mkdtemp(join(tmpdir(), 'bulkhead-killed-')));
  }

  /** What hosts have made there. */
  ofHosts(): readonly string[] {
    return readdirSync(this.path).filter((name) => name.startsWith('bulkhead-'));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.path, { recursive: true });
  }
}

interface Report {
  readonly id?: string;
  readonly pid?: number;
  readonly child?: number | null;
  readonly ready?: boolean;
}

async function reports(host: ChildProcess): Promise<Report[]> {
  const all: Report[] = [];
  for await (const line of createInterface({ input: host.stdout as NonNullable<typeof host.stdout> })) {
    const report = JSON.parse(line) as Report;
    if (report.ready === true) return all;
    all.push(report);
  }
  throw new Error(`the host ended before it was ready, having said ${JSON.stringify(all)}`);
}

/** The process that `parent` started; waits for it, since a start has no event for others. */
async function childOf(parent: number): Promise<number> {
  const pid = await until(
    () => readdirSync('/proc').find((name) => /^\d+$/.test(name) && statOf(name)?.[1] === String(parent)),
    `a process that ${parent} started`,
  );
  return Number(pid);
}

function statOf(pid: string): string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}
