import { HookRegistry } from 'bulkhead';
import type { Figure } from './figure.ts';
import { summarize } from './statistics.ts';

const ROUNDS = 5_000;
const HOOKS = 10;

/** Measures a chain of ten callbacks that each change a small object, beside direct calls of the same functions. */
export async function hooks(): Promise<readonly Figure[]> {
  const callbacks = Array.from({ length: HOOKS }, (_, index) => (data: Record<string, unknown>) => ({
    ...data,
    [`hook ${index}`]: index,
  }));
  const data = { text: 'to be or not to be', tags: ['a', 'b'] };
  const bare = async (): Promise<unknown> => {
    let current: Record<string, unknown> = data;
    for (const callback of callbacks) current = callback(current);
    return current;
  };
  const floor = await measure(bare);
  const registry = new HookRegistry();
  for (const callback of callbacks) registry.registerHook('event', callback);
  const asynchronous = new HookRegistry();
  for (const callback of callbacks)
    asynchronous.registerHook('event', async (given: Record<string, unknown>) => callback(given));
  const figure = (name: string, samples: readonly number[], which: string) => {
    const ours = summarize(samples);
    const what = `µs for a chain of ${HOOKS} ${which} over a small object, its copies included; floor: the functions alone`;
    return { name, unit: 'µs', value: ours.p50, ours, floor: summarize(floor), what };
  };
  const sync = await measure(() => registry.executeHooks('event', data));
  const late = await measure(() => asynchronous.executeHooks('event', data));
  return [
    { ...figure('hooks_chain_of_10', sync, 'callbacks'), goal: { atMost: 100 } },
    figure('hooks_chain_of_10_async', late, 'asynchronous callbacks, each with its time limit,'),
  ];
}

async function measure(run: () => Promise<unknown>): Promise<number[]> {
  const durations: number[] = [];
  for (let round = -ROUNDS / 5; round < ROUNDS; round += 1) {
    const start = performance.now();
    await run();
    if (round >= 0) durations.push((performance.now() - start) * 1000);
  }
  return durations;
}
