import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PluginManager } from 'bulkhead';
import type { Figure } from './figure.ts';
import { benchFile } from './floor-process.ts';
import { median, summarize } from './statistics.ts';

const ROUNDS = 21;

/** From asking for an instance to its first result: forked from a template that is there, against spawned, in turns. */
export async function forks(home: string): Promise<readonly Figure[]> {
  return [
    await compare(home, { name: 'fork_bare_speedup', plugin: 'echo', what: 'a bare plugin', atLeast: 5 }),
    await compare(home, { name: 'fork_numpy_speedup', plugin: 'imports_numpy', what: 'one with numpy', atLeast: 25 }),
  ];
}

interface Case {
  readonly name: string;
  readonly plugin: string;
  readonly what: string;
  readonly atLeast: number;
}

async function compare(home: string, { name, plugin, what, atLeast }: Case): Promise<Figure> {
  const folder = await mkdtemp(join(tmpdir(), 'bulkhead-bench-fork-'));
  const registry = join(folder, 'plugins.yaml');
  const entries = ['fork', 'spawn'].map(
    (start) => `  - { id: ${start}, path: ${benchFile(`plugins/${plugin}`)}, start: ${start} }`,
  );
  await writeFile(registry, `plugins:\n${entries.join('\n')}\n`);
  const forked: number[] = [];
  const spawned: number[] = [];
  try {
    for (let round = -1; round < ROUNDS; round += 1) {
      // A new one each time: after several crashes a plugin is made to wait.
      const variables = { ...process.env, BULKHEAD_LOG: 'silent' };
      await using manager = await PluginManager.open(registry, { home, variables });
      const spawn = await startAgain(manager, 'spawn');
      const fork = await startAgain(manager, 'fork');
      if (round < 0) continue;
      spawned.push(spawn);
      forked.push(fork);
    }
  } finally {
    await rm(folder, { recursive: true });
  }
  return {
    name,
    unit: 'ratio',
    value: median(spawned) / median(forked),
    goal: { atLeast },
    ours: summarize(forked),
    floor: summarize(spawned),
    what: `ms from asking for an instance of ${what} to its first result, forked; floor: spawned; in turns, ${ROUNDS} rounds`,
  };
}

/** Starts an instance, ends it as a crash would, waits until another may be started, and times that. */
async function startAgain(manager: PluginManager, id: string): Promise<number> {
  const status = () => manager.plugins().find((plugin) => plugin.id === id);
  await manager.startPlugin(id);
  process.kill(status()?.instances[0]?.pid as number, 'SIGKILL');
  while (status()?.state !== 'idle') await new Promise((resolve) => setTimeout(resolve, 10));
  const began = performance.now();
  await manager.executePlugin(id, 'first');
  return performance.now() - began;
}
