import { readFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PluginManager } from 'bulkhead';
import type { Figure } from './figure.ts';
import { benchFile } from './floor-process.ts';
import { median, summarize } from './statistics.ts';

const ROUNDS = 21;
const STARTS = {
  spawn: 'start: spawn',
  fork: 'start: fork',
  spare: 'start: fork, instances: { spare: 1 }',
} as const;

type Start = keyof typeof STARTS;

/**
 * Measures from asking for an instance to its first result, in turns: forked from a running template, taken from the spare
 * forks, spawned. Also measures what the template costs.
 */
export async function forks(home: string): Promise<readonly Figure[]> {
  return [
    ...(await compare(home, { name: 'bare', plugin: 'echo', what: 'a bare plugin', atLeast: { fork: 5 } })),
    ...(await compare(home, { name: 'numpy', plugin: 'imports_numpy', what: 'one with numpy', atLeast: { fork: 25 } })),
  ];
}

interface Case {
  readonly name: string;
  readonly plugin: string;
  readonly what: string;
  readonly atLeast: { readonly fork: number };
}

async function compare(home: string, { name, plugin, what, atLeast }: Case): Promise<readonly Figure[]> {
  const folder = await mkdtemp(join(tmpdir(), 'bulkhead-bench-fork-'));
  const registry = join(folder, 'plugins.yaml');
  const path = benchFile(`plugins/${plugin}`);
  const entries = Object.entries(STARTS).map(([id, fields]) => `  - { id: ${id}, path: ${path}, ${fields} }`);
  await writeFile(registry, `plugins:\n${entries.join('\n')}\n`);
  const times: Record<Start, number[]> = { spawn: [], fork: [], spare: [] };
  const templates: Memory[] = [];
  const spawned: Memory[] = [];
  try {
    for (let round = -1; round < ROUNDS; round += 1) {
      // A new manager each time: a plugin that has crashed several times has to wait for its next start.
      const variables = { ...process.env, BULKHEAD_LOG: 'silent' };
      await using manager = await PluginManager.open(registry, { home, variables });
      for (const start of ['spawn', 'fork', 'spare'] as const) {
        const time = await startAgain(manager, start);
        if (round >= 0) times[start].push(time);
      }
      spawned.push(await memoryOf(pidOf(manager, 'spawn')));
      templates.push(await memoryOf(await parentOf(pidOf(manager, 'fork'))));
    }
  } finally {
    await rm(folder, { recursive: true });
  }
  const floor = summarize(times.spawn);
  const ratio = (start: Start): number => floor.p50 / median(times[start]);
  const shared = median(templates.map(({ proportional }) => proportional)).toFixed(1);
  return [
    {
      name: `fork_${name}_speedup`,
      unit: 'ratio',
      value: ratio('fork'),
      goal: { atLeast: atLeast.fork },
      ours: summarize(times.fork),
      floor,
      what: `ms from asking for an instance of ${what} to its first result, forked; floor: spawned; in turns, ${ROUNDS} rounds`,
    },
    {
      name: `fork_spare_${name}_speedup`,
      unit: 'ratio',
      value: ratio('spare'),
      ours: summarize(times.spare),
      floor,
      what: `the same rounds, where a spare fork waits`,
    },
    {
      name: `template_${name}_mib`,
      unit: 'MiB',
      value: median(templates.map((memory) => memory.own)),
      ours: summarize(templates.map((memory) => memory.own)),
      floor: summarize(spawned.map((memory) => memory.own)),
      what: `MiB that only the template of ${what} holds, with one instance (${shared} with its part of what it shares); floor: a spawned instance`,
    },
  ];
}

function pidOf(manager: PluginManager, id: Start): number {
  return statusOf(manager, id)?.instances[0]?.pid as number;
}

function statusOf(manager: PluginManager, id: Start) {
  return manager.plugins().find((plugin) => plugin.id === id);
}

/** Starts an instance, kills it, and times the next start, once the manager allows it. */
async function startAgain(manager: PluginManager, id: Start): Promise<number> {
  await manager.startPlugin(id);
  process.kill(pidOf(manager, id), 'SIGKILL');
  const isSettled = (): boolean => {
    const status = statusOf(manager, id);
    return status?.state === 'idle' && status.spare === (id === 'spare' ? 1 : 0);
  };
  while (!isSettled()) await new Promise((resolve) => setTimeout(resolve, 10));
  const began = performance.now();
  await manager.executePlugin(id, 'first');
  return performance.now() - began;
}

interface Memory {
  /** MiB that no other process maps. */
  readonly own: number;
  /** MiB, with each shared page divided by the number of processes that share it. */
  readonly proportional: number;
}

/** proc_pid_smaps_rollup(5). */
async function memoryOf(pid: number): Promise<Memory> {
  const text = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => '');
  const field = (name: string): number =>
    Number(new RegExp(`^${name}: +(\\d+) kB`, 'm').exec(text)?.[1] ?? Number.NaN) / 1024;
  return { own: field('Private_Clean') + field('Private_Dirty'), proportional: field('Pss') };
}

/** proc_pid_stat(5). */
async function parentOf(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => '');
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
}
