import { ActionCache, type PluginManager } from 'bulkhead';
import type { Figure } from './figure.ts';
import { summarize } from './statistics.ts';

const ROUNDS = 5_000;
/** Calls timed together: a single one is near the resolution of the clock. */
const BATCH = 20;
const LIMIT = 20;

/** Measures a cache hit: making the input's key, finding the answer, copying it. */
export async function cache(manager: PluginManager): Promise<readonly Figure[]> {
  const rows = Array.from({ length: 10 }, (_, id) => ({ id, name: `row ${id}`, score: id / 3, tags: ['a', 'b'] }));
  return [
    await hitOfPlugin(manager),
    await hit(
      'cache_hit_small',
      { text: 'to be or not to be', top: 3 },
      ['be', 'to', 'or'],
      'a small input and answer',
    ),
    await hit('cache_hit_rows', { rows }, { rows }, 'ten rows of five values in, and out again'),
    await hit('cache_hit_vector', 'text', new Float32Array(768), 'a vector of 768 numbers out'),
  ];
}

/** Measures a hit through the manager, as an application meets it. */
async function hitOfPlugin(manager: PluginManager): Promise<Figure> {
  const input = { text: 'to be or not to be', top: 3 };
  return await measure('cache_hit_us', 'a small input and answer, by executePlugin', () =>
    manager.executePlugin('echo', input, { action: 'keywords' }),
  );
}

async function hit(name: string, input: unknown, answer: unknown, what: string): Promise<Figure> {
  const policy = { ttl: 3_600_000, maxEntries: 1_000, maxBytes: 10_000_000 };
  const kept = new ActionCache({ plugin: 'bench', action: 'execute', policy });
  return await measure(name, what, () => kept.answer('1.0 environment', input, async () => answer));
}

async function measure(name: string, what: string, ask: () => Promise<unknown>): Promise<Figure> {
  const durations: number[] = [];
  for (let round = -ROUNDS / 5; round < ROUNDS; round += 1) {
    const start = performance.now();
    for (let index = 0; index < BATCH; index += 1) await ask();
    if (round >= 0) durations.push(((performance.now() - start) / BATCH) * 1000);
  }
  const ours = summarize(durations);
  return { name, unit: 'µs', value: ours.p50, goal: { atMost: LIMIT }, ours, what: `a kept answer, µs: ${what}` };
}
