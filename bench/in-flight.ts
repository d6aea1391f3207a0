import type { PluginManager } from 'bulkhead';
import type { Figure } from './figure.ts';
import { MessageLoop, upTo } from './message-loop.ts';
import { median, summarize } from './statistics.ts';

const ROUNDS = 9;
const CALLS = 30_000;
const IN_FLIGHT = 64;

/** Measures 64 calls in flight on one plugin against a bare MessagePack loop with the same batching on both sides. */
export async function inFlight(manager: PluginManager, python: string): Promise<readonly Figure[]> {
  const payload = Buffer.alloc(64, 'x');
  await using floorLoop = new MessageLoop(python, payload, IN_FLIGHT);
  await floorLoop.run(upTo(CALLS));
  await ownLoop(manager, payload, CALLS);
  const own: number[] = [];
  const floor: number[] = [];
  const ratios: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const floorRate = await rate(() => floorLoop.run(upTo(CALLS)));
    const ownRate = await rate(() => ownLoop(manager, payload, CALLS));
    floor.push(floorRate);
    own.push(ownRate);
    ratios.push(ownRate / floorRate);
  }
  const shared = { ours: summarize(own), floor: summarize(floor) };
  const what = `calls/s at ${IN_FLIGHT} in flight, 64 bytes; floor: bare MessagePack loop; ${ROUNDS} rounds of ${CALLS}`;
  return [
    { name: 'inflight64_ratio', unit: 'ratio', value: median(ratios), goal: { atLeast: 0.6 }, ...shared, what },
    {
      name: 'inflight64_calls_per_second',
      unit: 'calls/s',
      value: shared.ours.p50,
      goal: { atLeast: 150_000 },
      ...shared,
      what,
    },
  ];
}

async function rate(work: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await work();
  return CALLS / ((performance.now() - start) / 1000);
}

async function ownLoop(manager: PluginManager, payload: Uint8Array, calls: number): Promise<void> {
  let left = calls;
  const caller = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      await manager.executePlugin('echo', payload);
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, caller));
}
