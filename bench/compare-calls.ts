import type { PluginManager } from 'bulkhead';
import type { Figure } from './figure.ts';
import { onOneProcessor } from './one-processor.ts';
import { median, summarize } from './statistics.ts';

export const ROUNDS = 9;
export const CALLS = 500;
export const TEXT: string = 'x'.repeat(64);

export type Call = () => Promise<unknown>;

export type Measured = Pick<Figure, 'unit' | 'value' | 'goal' | 'ours' | 'floor'>;

/** Calls of a plugin against other ones, in interleaved rounds. All processes share one processor, as in warm-call.ts. */
export async function compare(
  plugin: string,
  manager: PluginManager,
  floor: number | undefined,
  bare: Call,
  atMost: number = 1.3,
): Promise<Measured> {
  await manager.startPlugin(plugin);
  const processes = [floor, pidOf(manager, plugin)].filter((each) => each !== undefined);
  const call: Call = () => manager.executePlugin(plugin, TEXT);
  return await onOneProcessor(processes, async () => {
    const ours: number[] = [];
    const theirs: number[] = [];
    const ratios: number[] = [];
    await durations(bare);
    await durations(call);
    for (let round = 0; round < ROUNDS; round += 1) {
      const [floorRound, ownRound] = [await durations(bare), await durations(call)];
      theirs.push(...floorRound);
      ours.push(...ownRound);
      ratios.push(median(ownRound) / median(floorRound));
    }
    const goal = { atMost };
    return { unit: 'ratio', value: median(ratios), goal, ours: summarize(ours), floor: summarize(theirs) };
  });
}

/** Microseconds of each call. */
async function durations(call: Call): Promise<number[]> {
  const measured: number[] = [];
  for (let index = 0; index < CALLS; index += 1) {
    const start = performance.now();
    await call();
    measured.push((performance.now() - start) * 1000);
  }
  return measured;
}

export function pidOf(manager: PluginManager, plugin: string): number | undefined {
  return manager.plugins().find(({ id }) => id === plugin)?.instances[0]?.pid;
}
