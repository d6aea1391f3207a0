import { once } from 'node:events';
import type { PluginManager } from 'bulkhead';
import type { Figure } from './figure.ts';
import { spawnFloor } from './floor-process.ts';
import { onOneProcessor } from './one-processor.ts';
import { median, summarize } from './statistics.ts';

const ROUNDS = 9;
const CALLS = 2_000;

/**
 * Measures one call of 64 bytes after the other against the same bytes through a socket without a codec. All processes share
 * one processor: otherwise both figures depend mostly on whether the peer wakes on the same one, and their ratio moves
 * between 1 and 4.
 */
export async function warmCall(manager: PluginManager, python: string): Promise<Figure> {
  const plugin = manager.plugins().find(({ id }) => id === 'echo')?.instances[0]?.pid;
  return await onOneProcessor(plugin === undefined ? [] : [plugin], () => measureWarmCall(manager, python));
}

async function measureWarmCall(manager: PluginManager, python: string): Promise<Figure> {
  const payload = Buffer.alloc(64, 'x');
  const { child, socket } = spawnFloor(python, 'ping_pong.py');
  const floorCall = (): Promise<void> =>
    new Promise((resolve) => {
      socket.once('data', () => resolve());
      socket.write(payload);
    });
  const ownCall = (): Promise<unknown> => manager.executePlugin('echo', payload);
  const own: number[] = [];
  const floor: number[] = [];
  const ratios: number[] = [];
  await measure(floorCall, CALLS);
  await measure(ownCall, CALLS);
  for (let round = 0; round < ROUNDS; round += 1) {
    const floorRound = await measure(floorCall, CALLS);
    const ownRound = await measure(ownCall, CALLS);
    floor.push(...floorRound);
    own.push(...ownRound);
    ratios.push(median(ownRound) / median(floorRound));
  }
  socket.end();
  await once(child, 'exit');
  return {
    name: 'warm_call_p50_ratio',
    unit: 'ratio',
    value: median(ratios),
    goal: { atMost: 1.3 },
    ours: summarize(own),
    floor: summarize(floor),
    what: `64 bytes there and back, µs; floor: socket ping-pong without codec; on one processor, where \`taskset\` is there; ${ROUNDS} rounds of ${CALLS}`,
  };
}

/** Microseconds of each call. */
async function measure(call: () => Promise<unknown>, count: number): Promise<number[]> {
  const durations: number[] = [];
  for (let index = 0; index < count; index += 1) {
    const start = performance.now();
    await call();
    durations.push((performance.now() - start) * 1000);
  }
  return durations;
}
