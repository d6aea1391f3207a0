import { PluginManager } from 'bulkhead';
import type { Figure } from './figure.ts';
import { benchFile } from './floor-process.ts';
import { onOneProcessor } from './one-processor.ts';
import { median, summarize } from './statistics.ts';

const ROUNDS = 9;
const RUNS = 200;
const HOOKS = 10;
const DATA = { text: 'to be or not to be', tags: ['a', 'b'], count: 0 };

/**
 * Measures a chain of ten hooks in ten processes against ten calls of these processes one after the other, and ten hooks in one
 * process against one call of it. All share one processor, as the warm call does.
 */
export async function pluginHooks(home: string): Promise<readonly Figure[]> {
  await using manager = await PluginManager.open(benchFile('hooks.yaml'), { home });
  const ids = Array.from({ length: HOOKS }, (_, index) => `hook_${index}`);
  const apart = async (): Promise<unknown> => await manager.executeHooks('apart', DATA);
  const calls = async (): Promise<unknown> => {
    let data: unknown = DATA;
    for (const id of ids) data = await manager.executePlugin(id, data);
    return data;
  };
  const together = async (): Promise<unknown> => await manager.executeHooks('together', DATA);
  const call = async (): Promise<unknown> => await manager.executePlugin('ten_hooks', DATA);
  for (const run of [apart, calls, together, call]) await measure(run);
  const pids = manager.plugins().flatMap(({ instances }) => instances.map(({ pid }) => pid as number));
  return await onOneProcessor(pids, async () => [
    {
      ...(await compare('hooks10_ratio', apart, calls)),
      goal: { atMost: 1.2 },
      what: `µs for a chain of ${HOOKS} hooks in ${HOOKS} processes; floor: as many calls of the same processes, one after the other; ${ROUNDS} rounds of ${RUNS}`,
    },
    {
      ...(await compare('hooks10_together_ratio', together, call)),
      what: `µs for a chain of ${HOOKS} hooks in one process, which is one batch; floor: one call of it; ${ROUNDS} rounds of ${RUNS}`,
    },
  ]);
}

async function compare(name: string, ours: () => Promise<unknown>, floor: () => Promise<unknown>) {
  const [own, other, ratios]: [number[], number[], number[]] = [[], [], []];
  for (let round = 0; round < ROUNDS; round += 1) {
    const floorRound = await measure(floor);
    const ownRound = await measure(ours);
    other.push(...floorRound);
    own.push(...ownRound);
    ratios.push(median(ownRound) / median(floorRound));
  }
  return { name, unit: 'ratio', value: median(ratios), ours: summarize(own), floor: summarize(other) };
}

/** Microseconds of each run. */
async function measure(run: () => Promise<unknown>): Promise<number[]> {
  const durations: number[] = [];
  for (let index = 0; index < RUNS; index += 1) {
    const start = performance.now();
    await run();
    durations.push((performance.now() - start) * 1000);
  }
  return durations;
}
