import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BulkheadError } from '../../src/errors/bulkhead-error.ts';
import { findGroupPlaces } from '../../src/launcher/limits/group-places.ts';
import { PluginManager } from '../../src/manager/plugin-manager.ts';
import type { PluginStatus } from '../../src/manager/plugin-status.ts';
import { surveyLimits } from '../../src/manager/survey-limits.ts';
import { onlyIf, onlyOnLinux } from '../not-run.ts';
import { gone, identify } from '../processes.ts';
import { fixture, observed, TEST_HOME } from '../test-home.ts';

const LINUX = onlyOnLinux('limits are what only Linux has');
const OFF = { BULKHEAD_CONTROL_GROUPS: 'off' };
const parents = [...new Set(Object.values(findGroupPlaces({})).flatMap(({ parent }) => parent?.path ?? []))];

let folder: string;

beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'bulkhead-limits-')));
  await mkdir(join(folder, 'out'));
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

async function registryOf(plugins: string): Promise<string> {
  const file = join(await mkdtemp(join(folder, 'registry-')), 'plugins.yaml');
  const other = `path: ${fixture('plugins/by_command')}, command: [${process.execPath}, plugin.mjs], transport: stdio`;
  const paths = plugins.replaceAll('PATH', `path: ${fixture('plugins/confined')}`).replaceAll('OTHER', other);
  await writeFile(file, `plugins:${paths}`);
  return file;
}

/** The control groups of a host's plugins. */
function groupsOf(pid: number | undefined): string[] {
  return parents.flatMap((parent) => readdirSync(parent)).filter((name) => name.startsWith(`bulkhead-${pid}-`));
}

describe.each([
  { by: 'what this machine has', variables: {} },
  { by: 'a watchdog', variables: OFF },
])('with limits held by $by', ({ variables }) => {
  const survey = surveyLimits(variables, false);
  let manager: PluginManager;
  let limits: [string, string][];

  beforeAll(async () => {
    const registry = await registryOf(`
  - { id: memory, PATH, resources: { memory: 100MiB } }
  - { id: forked, PATH, permissions: { processes: true }, start: fork, resources: { memory: 100MiB, pids: 40 } }
  - { id: threads, PATH, permissions: strict, resources: { pids: 12 } }
  - { id: disk, PATH, sandbox: floor, permissions: { write: [${folder}/out] }, resources: { disk: 4MiB } }
  - { id: inside, PATH, permissions: { write: [${folder}/out] }, resources: { disk: 4MiB } }
  - { id: file, PATH, permissions: strict, resources: { disk: 4MiB } }
  - { id: part, PATH, resources: { cpu: 0.5 } }
  - { id: command, OTHER, resources: { pids: 60, memory: 900MiB } }
  - { id: off, PATH, sandbox: off, resources: { pids: 1, cpu: 0.5 } }
`);
    limits = [];
    manager = await PluginManager.open(registry, {
      ...observed().options,
      variables: { ...process.env, ...variables },
      observers: [{ limitReached: (plugin, _, limit) => void limits.push([plugin, limit]) }],
    });
  });

  afterAll(async () => {
    await manager.close();
    expect(groupsOf(process.pid)).toEqual([]);
  });

  function call(plugin: string, action?: string, input?: unknown): Promise<unknown> {
    return manager.executePlugin(plugin, input ?? null, action === undefined ? {} : { action });
  }

  function status(plugin: string): PluginStatus | undefined {
    return manager.plugins().find(({ id }) => id === plugin);
  }

  async function failure(plugin: string, action?: string, input?: unknown): Promise<BulkheadError> {
    return await call(plugin, action, input).then(
      () => expect.unreachable('it should have failed'),
      (error: unknown) => error as BulkheadError,
    );
  }

  test.each(['memory', 'forked'])('the memory of "%s" counts with that of what it starts', LINUX, async (plugin) => {
    const error = await failure(plugin, 'spread', { processes: 4, size: 40_000_000 });
    expect(error).toMatchObject({ code: 'MEMORY_LIMIT_EXCEEDED', blame: 'plugin', details: { plugin } });
    expect(error.message).toContain('memory limit of 100 MiB');
    expect(error.message).not.toContain('SIGKILL');
    expect(await call(plugin)).toEqual(expect.any(Number));
    expect(status(plugin)?.instances[0]?.limits).toMatchObject({ memory: survey?.memory });
  });

  test('threads and processes over the limit are refused, or end it', LINUX, async () => {
    expect(await failure('threads', 'many_threads', { count: 30 })).toMatchObject({
      code: 'PROCESS_LIMIT_EXCEEDED',
      message: 'Plugin "threads" ran into its limit of 12 processes and threads.',
    });
    expect(await call('threads')).toEqual(expect.any(Number));
    expect(status('threads')?.instances[0]?.limits).toEqual({ pids: survey?.pids });
  });

  test('a scratch folder over its limit ends it, and goes', LINUX, async () => {
    const filling = (async () => {
      await call('disk', 'fill_up', { files: 8, size: 1_000_000 });
      await call('disk', 'sleep');
    })();
    await expect(filling).rejects.toMatchObject({
      code: 'DISK_LIMIT_EXCEEDED',
      message: 'Plugin "disk" was ended by its disk limit of 4 MiB.',
    });
    expect(limits).toContainEqual(['disk', 'disk']);
    await call('disk', 'fill_up', { files: 1, size: 1_000_000 });
    const text = await manager.metrics();
    const [, bytes] = /^bulkhead_plugin_scratch_bytes\{plugin_id="disk"\} (\d+)$/m.exec(text) ?? [];
    expect(Number(bytes)).toBeGreaterThanOrEqual(1_000_000);
    expect(Number(bytes)).toBeLessThan(4 * 1024 ** 2);
    expect(text).toContain('bulkhead_limit_overruns_total{plugin_id="disk",limit="disk"} 1');
  });

  test('in name spaces it is in memory, and of that size', LINUX, async () => {
    const filling = (async () => {
      await call('inside', 'fill_up', { files: 8, size: 1_000_000 });
      await call('inside', 'sleep');
    })();
    await expect(filling).rejects.toMatchObject({ code: 'DISK_LIMIT_EXCEEDED' });
    await call('inside');
    const { sandbox, limits: held } = status('inside')?.instances[0] ?? {};
    expect(held).toEqual({ disk: [sandbox?.namespaces === true ? 'tmpfs' : 'watchdog'] });
    const [, bytes] =
      /^bulkhead_plugin_scratch_bytes\{plugin_id="inside"\} (\d+)$/m.exec(await manager.metrics()) ?? [];
    expect(Number(bytes)).toBeGreaterThanOrEqual(sandbox?.namespaces === true ? 4_000_000 : 0);
  });

  test('no file in it grows over the limit', LINUX, async () => {
    expect(await failure('file', 'fill_up', { files: 1, size: 6_000_000 })).toMatchObject({
      code: 'DISK_LIMIT_EXCEEDED',
      message: 'Plugin "file" ran into its disk limit of 4 MiB.',
    });
  });

  test('parts of a processor take a control group', LINUX, async () => {
    if (survey?.cpu.includes('cgroup') === true) {
      expect(await call('part', 'processors')).toBe(1);
      expect(status('part')?.instances[0]?.limits).toEqual({ cpu: ['cgroup', 'affinity'] });
    } else {
      const error = await failure('part');
      expect(error).toMatchObject({ code: 'LIMIT_UNAVAILABLE', details: { limit: 'cpu' } });
      expect(error.advice).toContain('Write whole processors');
    }
  });

  test('a command of its own is held by a control group, or watched', LINUX, async () => {
    await call('command');
    const { usage, instances } = status('command') ?? {};
    expect(usage?.tasks).toBeGreaterThan(1);
    const memory = survey?.memory.includes('cgroup') === true ? ['cgroup'] : ['watchdog'];
    expect(instances?.[0]?.limits).toEqual({ memory, pids: survey?.pids });
  });

  test('sandbox: off holds no limit', LINUX, async () => {
    expect(await call('off')).toEqual(expect.any(Number));
    expect(status('off')?.instances[0]?.limits).toEqual({});
  });

  test('what a plugin uses shows in its status and in the metrics', LINUX, async () => {
    await call('threads');
    const { usage, instances } = status('threads') ?? {};
    expect(usage).toMatchObject({ memory: expect.any(Number), tasks: expect.any(Number) });
    expect(usage?.memory).toBeGreaterThan(1_000_000);
    expect(usage?.tasks).toBeGreaterThanOrEqual(2);
    expect(instances?.[0]?.usage?.tasks).toBe(usage?.tasks);
    const text = await manager.metrics();
    for (const name of ['memory_bytes', 'tasks', 'processor_seconds_total'])
      expect(text).toMatch(new RegExp(`^bulkhead_plugin_${name}\\{plugin_id="threads"\\} [0-9.]*[1-9]`, 'm'));
  });
});

test(
  'a host that is killed leaves control groups, which the next one removes',
  onlyIf(parents.length > 0, 'this user can make no control groups here'),
  async () => {
    const registry = await registryOf('\n  - { id: counted, PATH, resources: { pids: 20, memory: 200MiB } }\n');
    const host = spawn(process.execPath, [fixture('programs/host.mjs'), registry, TEST_HOME, 'counted'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(host.stdout, 'data')) as [Buffer];
    const { pid } = JSON.parse(String(line).split('\n')[0] ?? '') as { pid: number };
    const plugin = identify(pid);
    expect(groupsOf(host.pid)).not.toEqual([]);
    host.kill('SIGKILL');
    await once(host, 'exit');
    await gone(plugin);
    await using next = await PluginManager.open(registry, observed().options);
    await next.swept();
    expect(groupsOf(host.pid)).toEqual([]);
  },
);
