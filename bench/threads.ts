import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PluginManager } from 'bulkhead';
import { type Call, CALLS, compare, pidOf, ROUNDS, TEXT } from './compare-calls.ts';
import type { Figure } from './figure.ts';
import { benchFile } from './floor-process.ts';
import { median, summarize } from './statistics.ts';

const PLUGINS = 20;
const STARTS = 3;

/** The same plugin in each language, and how its figures begin. */
const LANGUAGES = [
  { plugin: 'plugins/echo', prefix: 'thread' },
  { plugin: 'plugins/echo_js', prefix: 'node_thread' },
];

/** Small plugins in threads of one process, against the same in a process each. */
export async function threads(home: string): Promise<readonly Figure[]> {
  if (process.platform !== 'linux') return []; // only there are groups, and is memory told by its users
  const folder = await mkdtemp(join(tmpdir(), 'bulkhead-bench-threads-'));
  const figures: Figure[] = [];
  try {
    for (const { plugin, prefix } of LANGUAGES) {
      const inThreads = await registry(folder, plugin, 'thread');
      const inProcesses = await registry(folder, plugin, 'process');
      const measured = [await memory(home, inThreads, inProcesses), await warmCall(home, inThreads, inProcesses)];
      figures.push(...measured.map((figure) => ({ ...figure, name: `${prefix}_${figure.name}` })));
    }
    return figures;
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function registry(folder: string, plugin: string, isolation: string): Promise<string> {
  const file = join(folder, `${isolation}.yaml`);
  const path = JSON.stringify(benchFile(plugin));
  const plugins = Array.from(
    { length: PLUGINS },
    (_, index) => `  - { id: small_${index}, path: ${path}, isolation: ${isolation} }\n`,
  );
  await writeFile(file, `plugins:\n${plugins.join('')}`);
  return file;
}

async function memory(home: string, inThreads: string, inProcesses: string): Promise<Figure> {
  const ours: number[] = [];
  const theirs: number[] = [];
  for (let start = 0; start < STARTS; start += 1) {
    theirs.push(await proportionalMiB(home, inProcesses));
    ours.push(await proportionalMiB(home, inThreads));
  }
  return {
    name: 'memory_ratio',
    unit: 'ratio',
    value: median(ours.map((value, index) => value / (theirs[index] ?? value))),
    goal: { atMost: 0.2 },
    ours: summarize(ours),
    floor: summarize(theirs),
    what: `MiB of ${PLUGINS} small plugins in threads, each after a call, shared pages divided by their users; floor: the same plugins in a process each; ${STARTS} starts`,
  };
}

/** Of all processes of the plugins together, once each has answered. */
async function proportionalMiB(home: string, file: string): Promise<number> {
  await using manager = await PluginManager.open(file, { home });
  const ids = manager.plugins().map(({ id }) => id);
  await Promise.all(ids.map((id) => manager.executePlugin(id, TEXT)));
  const pids = new Set(ids.map((id) => pidOf(manager, id)));
  const sizes = [...pids].map((pid) => {
    const [, kibibytes] = /^Pss:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')) ?? [];
    return Number(kibibytes) / 1024;
  });
  return sizes.reduce((sum, size) => sum + size, 0);
}

async function warmCall(home: string, inThreads: string, inProcesses: string): Promise<Figure> {
  await using manager = await PluginManager.open(inThreads, { home });
  await using processes = await PluginManager.open(inProcesses, { home });
  await Promise.all(manager.plugins().map(({ id }) => manager.startPlugin(id)));
  const [first = ''] = manager.plugins().map(({ id }) => id);
  await processes.startPlugin(first);
  const inProcess: Call = () => processes.executePlugin(first, TEXT);
  const measured = await compare(first, manager, pidOf(processes, first), inProcess, 1.2);
  return {
    name: 'call_p50_ratio',
    ...measured,
    what: `a text of 64 characters there and back in a thread beside ${PLUGINS - 1} other plugins, µs; floor: the same in a process; ${ROUNDS} rounds of ${CALLS}`,
  };
}
