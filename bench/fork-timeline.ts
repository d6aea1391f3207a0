// node bench/dist/fork-timeline.js: shows where the time of a fork goes, from asking for an instance to its first result. Prints
// median milliseconds since the request, with steps from the plugin's clock and the host's side by side.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PluginManager } from 'bulkhead';
import { benchFile } from './floor-process.ts';
import { median } from './statistics.ts';
import { benchHome } from './surroundings.ts';

const ROUNDS = 40;
type Steps = readonly (readonly [step: string, nanoseconds: bigint | number])[];

const folder = await mkdtemp(join(tmpdir(), 'bulkhead-bench-timeline-'));
try {
  const registry = join(folder, 'plugins.yaml');
  const plugin = { id: 'tells_times', path: benchFile('plugins/tells_times'), start: 'fork' };
  await writeFile(registry, JSON.stringify({ plugins: [plugin] })); // JSON is YAML too
  const times = await measure(registry);
  for (const [step, samples] of [...times].toSorted(([, left], [, right]) => median(left) - median(right)))
    console.log(`${median(samples).toFixed(2).padStart(7)}  ${step}`);
} finally {
  await rm(folder, { recursive: true });
}

async function measure(registry: string): Promise<Map<string, number[]>> {
  const times = new Map<string, number[]>();
  const home = await benchHome();
  for (let round = -5; round < ROUNDS; round += 1) {
    const all = await timeFork(registry, home);
    for (const [step, at] of round < 0 ? [] : all) times.set(step, [...(times.get(step) ?? []), at]);
  }
  return times;
}

/** A new manager each time: a plugin that has crashed several times has to wait for its next start. */
async function timeFork(registry: string, home: string): Promise<readonly (readonly [string, number])[]> {
  await using manager = await PluginManager.open(registry, {
    home,
    variables: { ...process.env, BULKHEAD_LOG: 'silent' },
  });
  await manager.startPlugin('tells_times');
  const [plugin] = manager.plugins();
  process.kill(plugin?.instances[0]?.pid as number, 'SIGKILL');
  while (manager.plugins()[0]?.state !== 'idle') await new Promise((resolve) => setTimeout(resolve, 5));
  const asked = process.hrtime.bigint();
  const steps = (await manager.executePlugin('tells_times')) as Steps;
  const answered = process.hrtime.bigint();
  const all: Steps = [...steps, ['the result is in the host', answered]];
  return all.map(([step, at]) => [step, Number(BigInt(at) - asked) / 1e6]);
}
