import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PluginManager } from 'bulkhead';
import type { Figure } from './figure.ts';
import { benchFile } from './floor-process.ts';
import { median, summarize } from './statistics.ts';

const ROUNDS = 21;
const CALLS = 2_000;
const GOALS = { spawn: 10, fork: 3 } as const;
/** A plugin for each way to start it, without a sandbox and in one. */
const PLUGINS = {
  spawn: 'start: spawn',
  spawn_strict: 'start: spawn, permissions: strict',
  fork: 'start: fork',
  fork_strict: 'start: fork, permissions: strict',
} as const;

type Plugin = keyof typeof PLUGINS;

/** Measures what a sandbox adds to a start and to a warm call: the same plugin with and without, in turns. */
export async function sandbox(home: string): Promise<readonly Figure[]> {
  const folder = await mkdtemp(join(tmpdir(), 'bulkhead-bench-sandbox-'));
  const registry = join(folder, 'plugins.yaml');
  const entries = Object.entries(PLUGINS).map(
    ([id, how]) => `  - { id: ${id}, path: ${benchFile('plugins/echo')}, ${how} }`,
  );
  await writeFile(registry, `plugins:\n${entries.join('\n')}\n`);
  try {
    return [...(await starts(registry, home)), await warmCalls(registry, home)];
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function starts(registry: string, home: string): Promise<readonly Figure[]> {
  const times: Record<Plugin, number[]> = { spawn: [], spawn_strict: [], fork: [], fork_strict: [] };
  for (let round = -1; round < ROUNDS; round += 1) {
    // A new manager each time: a plugin that has crashed several times has to wait for its next start.
    const variables = { ...process.env, BULKHEAD_LOG: 'silent' };
    await using manager = await PluginManager.open(registry, { home, variables });
    for (const plugin of Object.keys(PLUGINS) as Plugin[]) {
      const time = await startAgain(manager, plugin);
      if (round >= 0) times[plugin].push(time);
    }
  }
  return (['spawn', 'fork'] as const).map((how) => {
    const ours = summarize(times[`${how}_strict`]);
    const floor = summarize(times[how]);
    return {
      name: `sandbox_${how}_ms`,
      unit: 'ms',
      value: ours.p50 - floor.p50,
      goal: { atMost: GOALS[how] },
      ours,
      floor,
      what: `ms that \`permissions: strict\` adds from asking for an instance (${how}) to its first result; floor: without; in turns, ${ROUNDS} rounds`,
    };
  });
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

async function warmCalls(registry: string, home: string): Promise<Figure> {
  await using manager = await PluginManager.open(registry, { home });
  const payload = Buffer.alloc(64, 'x');
  const times: Record<'spawn' | 'spawn_strict', number[]> = { spawn: [], spawn_strict: [] };
  const ratios: number[] = [];
  for (let round = -1; round < ROUNDS; round += 1) {
    const medians = { spawn: 0, spawn_strict: 0 };
    for (const plugin of ['spawn', 'spawn_strict'] as const) {
      const measured = await measure(() => manager.executePlugin(plugin, payload));
      medians[plugin] = median(measured);
      if (round >= 0) times[plugin].push(...measured);
    }
    if (round >= 0) ratios.push(medians.spawn_strict / medians.spawn);
  }
  return {
    name: 'sandbox_warm_call_ratio',
    unit: 'ratio',
    value: median(ratios),
    goal: { atMost: 1.05 },
    ours: summarize(times.spawn_strict),
    floor: summarize(times.spawn),
    what: `64 bytes there and back with \`permissions: strict\`, µs; floor: without; in turns, ${ROUNDS} rounds of ${CALLS}`,
  };
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
