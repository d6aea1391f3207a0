import type { PluginManager } from 'bulkhead';
import type { Figure } from './figure.ts';
import { median, summarize } from './statistics.ts';

const ROUNDS = 9;
const CALLS = 10_000;
const IN_FLIGHT = 64;

/** Compares empty calls on four threads with empty calls on the main thread alone: the price of `concurrency`. */
export async function concurrency(manager: PluginManager): Promise<Figure> {
  const payload = Buffer.alloc(64, 'x');
  const several: number[] = [];
  const alone: number[] = [];
  for (let round = -1; round < ROUNDS; round += 1) {
    const aloneRate = await rate(manager, 'echo', payload);
    const severalRate = await rate(manager, 'echo_four', payload);
    if (round < 0) continue; // they have been started, and are known to be quick
    alone.push(aloneRate);
    several.push(severalRate);
  }
  return {
    name: 'concurrency4_ratio',
    unit: 'ratio',
    value: median(several.map((value, index) => value / (alone[index] ?? value))),
    goal: { atLeast: 0.75 },
    ours: summarize(several),
    floor: summarize(alone),
    what: `calls/s at ${IN_FLIGHT} in flight, 64 bytes, with \`concurrency: 4\`; floor: the same with 1; ${ROUNDS} rounds of ${CALLS}`,
  };
}

async function rate(manager: PluginManager, plugin: string, payload: Uint8Array): Promise<number> {
  let left = CALLS;
  const caller = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      await manager.executePlugin(plugin, payload);
    }
  };
  const start = performance.now();
  await Promise.all(Array.from({ length: IN_FLIGHT }, caller));
  return CALLS / ((performance.now() - start) / 1000);
}
