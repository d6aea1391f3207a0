import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PluginManager } from 'bulkhead';
import type { Figure } from './figure.ts';
import { benchFile } from './floor-process.ts';
import { median, summarize } from './statistics.ts';

const ROUNDS = 21;
const CALLS = 2_000;
/** How many ms each may add to a start. */
const GOALS = { spawn: 10, fork: 3 } as const;
/** `limited`: held by a control group where this machine lets one be made, otherwise by a watchdog. */
const KINDS = ['floor', 'full', 'limited'] as const;
const LIMITS = 'resources: { memory: 1GiB, pids: 256 }';
/** A plugin for each way to start it, without a sandbox and in each kind. */
const PLUGINS = {
  spawn: 'start: spawn',
  spawn_floor: 'start: spawn, permissions: strict, sandbox: floor',
  spawn_full: 'start: spawn, permissions: strict, sandbox: full',
  spawn_limited: `start: spawn, permissions: strict, ${LIMITS}`,
  fork: 'start: fork',
  fork_floor: 'start: fork, permissions: strict, sandbox: floor',
  fork_full: 'start: fork, permissions: strict, sandbox: full',
  fork_limited: `start: fork, permissions: strict, ${LIMITS}`,
} as const;

type Plugin = keyof typeof PLUGINS;
type Spawned = Extract<Plugin, `spawn${string}`>;

/** Measures what each kind of sandbox adds to a start and to a warm call: the same plugin with and without, in turns. */
export async function sandbox(home: string): Promise<readonly Figure[]> {
  const folder = await mkdtemp(join(tmpdir(), 'bulkhead-bench-sandbox-'));
  const registry = join(folder, 'plugins.yaml');
  const entries = Object.entries(PLUGINS).map(
    ([id, how]) => `  - { id: ${id}, path: ${benchFile('plugins/echo')}, ${how} }`,
  );
  await writeFile(registry, `plugins:\n${entries.join('\n')}\n`);
  try {
    return [...(await starts(registry, home)), ...(await warmCalls(registry, home))];
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function starts(registry: string, home: string): Promise<readonly Figure[]> {
  const plugins = Object.keys(PLUGINS) as Plugin[];
  const times = Object.fromEntries(plugins.map((id) => [id, [] as number[]])) as Record<Plugin, number[]>;
  for (let round = -1; round < ROUNDS; round += 1) {
    // A new manager each time: a plugin that has crashed several times has to wait for its next start.
    const variables = { ...process.env, BULKHEAD_LOG: 'silent' };
    await using manager = await PluginManager.open(registry, { home, variables });
    for (const plugin of plugins) {
      const time = await startAgain(manager, plugin);
      if (round >= 0) times[plugin].push(time);
    }
  }
  return (['spawn', 'fork'] as const).flatMap((how) =>
    KINDS.map((kind) => {
      const ours = summarize(times[`${how}_${kind}`]);
      const floor = summarize(times[how]);
      return {
        name: `sandbox_${kind}_${how}_ms`,
        unit: 'ms',
        value: ours.p50 - floor.p50,
        goal: { atMost: GOALS[how] },
        ours,
        floor,
        what: `ms that \`${PLUGINS[`${how}_${kind}`]}\` adds from asking for an instance (${how}) to its first result; floor: without; in turns, ${ROUNDS} rounds`,
      } as const;
    }),
  );
}

/** Starts an instance, kills it, and times the next start, once the manager allows it. */
async function startAgain(manager: PluginManager, id: Plugin): Promise<number> {
  await manager.startPlugin(id);
  const status = () => manager.plugins().find((plugin) => plugin.id === id);
  process.kill(status()?.instances[0]?.pid as number, 'SIGKILL');
  while (status()?.state !== 'idle') await new Promise((resolve) => setTimeout(resolve, 10));
  const began = performance.now();
  await manager.executePlugin(id, 'first');
  return performance.now() - began;
}

async function warmCalls(registry: string, home: string): Promise<readonly Figure[]> {
  await using manager = await PluginManager.open(registry, { home });
  const payload = Buffer.alloc(64, 'x');
  const plugins = ['spawn', 'spawn_floor', 'spawn_full', 'spawn_limited'] as const;
  const times = Object.fromEntries(plugins.map((id) => [id, [] as number[]])) as Record<Spawned, number[]>;
  const ratios = { floor: [] as number[], full: [] as number[], limited: [] as number[] };
  for (let round = -1; round < ROUNDS; round += 1) {
    const medians = { spawn: 0, spawn_floor: 0, spawn_full: 0, spawn_limited: 0 };
    for (const plugin of plugins) {
      const measured = await measure(() => manager.executePlugin(plugin, payload));
      medians[plugin] = median(measured);
      if (round >= 0) times[plugin].push(...measured);
    }
    if (round >= 0) for (const kind of KINDS) ratios[kind].push(medians[`spawn_${kind}`] / medians.spawn);
  }
  return KINDS.map((kind) => ({
    name: `sandbox_${kind}_warm_call_ratio`,
    unit: 'ratio',
    value: median(ratios[kind]),
    goal: { atMost: 1.05 },
    ours: summarize(times[`spawn_${kind}`]),
    floor: summarize(times.spawn),
    what: `64 bytes there and back with \`${PLUGINS[`spawn_${kind}`]}\`, µs; floor: without; in turns, ${ROUNDS} rounds of ${CALLS}`,
  }));
}

/** Microseconds of each call. */
async function measure(call: () => Promise<unknown>): Promise<number[]> {
  const durations: number[] = [];
  for (let index = 0; index < CALLS; index += 1) {
    const start = performance.now();
    await call();
    durations.push((performance.now() - start) * 1000);
  }
  return durations;
}
