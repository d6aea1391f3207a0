// Idle plugins in a host of their own, so that its memory is theirs: node idle-process.js HOME FOLDER COUNT.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { PluginManager } from 'bulkhead';
import { answerCommands } from './answer-commands.ts';
import { benchFile } from './floor-process.ts';
import { hostMemory } from './host-memory.ts';
import type { Idle } from './idle.ts';
import { median } from './statistics.ts';

const IDLE_MILLISECONDS = 5_000;
const CALLS = 3_000;

const [home = '', folder = '', count = '1'] = process.argv.slice(2);
const ids = Array.from({ length: Number(count) }, (_, index) => `echo_${index}`);
const registry = join(folder, `${count}.yaml`);
const entries = ids.map((id) => ({ id, path: benchFile('plugins/echo') }));
await writeFile(registry, JSON.stringify({ plugins: entries })); // JSON is YAML too

await answerCommands(async (command) => (command === 'host' ? await measureHost() : await measureIdle()));

/** MiB of the host with all of them. */
async function measureHost(): Promise<number> {
  await using manager = await PluginManager.open(registry, { home });
  await startAll(manager);
  return await hostMiB();
}

async function measureIdle(): Promise<Idle> {
  const empty = await hostMiB();
  await using manager = await PluginManager.open(registry, { home });
  const starts = await startAll(manager);
  const hostMiBEach = ((await hostMiB()) - empty) / ids.length;
  const processor = process.cpuUsage();
  await delay(IDLE_MILLISECONDS);
  const { user, system } = process.cpuUsage(processor);
  const pids = manager.plugins().flatMap(({ instances }) => instances.map(({ pid }) => pid as number));
  const memory = await Promise.all(pids.map(memoryOf));
  return {
    plugins: ids.length,
    hostMiBEach,
    processResidentMiB: median(memory.map(({ resident }) => resident)),
    processProportionalMiB: median(memory.map(({ proportional }) => proportional)),
    hostMillisecondsPerSecond: (user + system) / IDLE_MILLISECONDS,
    callP50: await callP50(manager),
    startFirst: starts[0] ?? Number.NaN,
    startTenth: starts[9],
  };
}

async function startAll(manager: PluginManager): Promise<readonly number[]> {
  const durations: number[] = [];
  for (const id of ids) {
    const began = performance.now();
    await manager.executePlugin(id, 'first');
    durations.push(performance.now() - began);
  }
  return durations;
}

async function callP50(manager: PluginManager): Promise<number> {
  const payload = Buffer.alloc(64, 'x');
  const durations: number[] = [];
  for (let call = 0; call < CALLS; call += 1) {
    const began = performance.now();
    await manager.executePlugin('echo_0', payload);
    if (call >= CALLS / 3) durations.push((performance.now() - began) * 1000);
  }
  return median(durations);
}

async function hostMiB(): Promise<number> {
  return (await hostMemory()).resident / 1024;
}

/** proc_pid_smaps_rollup(5), in MiB; not a number where the system has no such file. */
async function memoryOf(pid: number): Promise<{ resident: number; proportional: number }> {
  const text = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => '');
  const field = (name: string): number =>
    Number(new RegExp(`^${name}: +(\\d+) kB`, 'm').exec(text)?.[1] ?? Number.NaN) / 1024;
  return { resident: field('Rss'), proportional: field('Pss') };
}
