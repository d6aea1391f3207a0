import { ResourceManager } from 'bulkhead';
import type { Figure } from './figure.ts';
import { median, summarize } from './statistics.ts';

const PAIRS = 1_000_000;
const WAITERS = 1_000;
const ROUNDS = 15;

/** Measures leases: acquiring and releasing a free resource, and passing one along a queue. */
export async function resources(): Promise<readonly Figure[]> {
  const free: number[] = [];
  const floor: number[] = [];
  await pairs(PAIRS / 10);
  await emptyCalls(PAIRS / 10);
  for (let round = 0; round < 3; round += 1) {
    floor.push(await emptyCalls(PAIRS));
    free.push(await pairs(PAIRS));
  }
  const queues: number[] = [];
  for (let round = -2; round < ROUNDS; round += 1) {
    const taken = await queue(WAITERS);
    if (round >= 0) queues.push(taken);
  }
  return [
    {
      name: 'resource_uncontended_pairs_per_second',
      unit: 'pairs/s',
      value: PAIRS / (median(free) / 1000),
      goal: { atLeast: 500_000 },
      ours: summarize(free),
      floor: summarize(floor),
      what: `acquire and release of a free resource, one after the other; ms for ${PAIRS}; floor: awaits of an empty async function`,
    },
    {
      name: 'resource_queue_of_1000',
      unit: 'ms',
      value: median(queues),
      goal: { atMost: 50 },
      ours: summarize(queues),
      what: `ms until ${WAITERS} owners that wait at the same time for one resource have each had it`,
    },
  ];
}

async function pairs(count: number): Promise<number> {
  const manager = new ResourceManager();
  const start = performance.now();
  for (let index = 0; index < count; index += 1) {
    const lease = await manager.acquire('owner', 'resource');
    lease.release();
  }
  return performance.now() - start;
}

async function emptyCalls(count: number): Promise<number> {
  const empty = async (index: number): Promise<number> => index;
  const start = performance.now();
  for (let index = 0; index < count; index += 1) await empty(index);
  return performance.now() - start;
}

async function queue(count: number): Promise<number> {
  const manager = new ResourceManager();
  const start = performance.now();
  await Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const lease = await manager.acquire(`owner ${index}`, 'resource');
      await Promise.resolve();
      lease.release();
    }),
  );
  return performance.now() - start;
}
