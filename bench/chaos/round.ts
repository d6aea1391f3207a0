import { setTimeout as delay } from 'node:timers/promises';
import { PluginManager, type PluginManagerOptions } from 'bulkhead';
import { benchFile } from '../floor-process.ts';
import { Arena } from './arena.ts';
import type { Cast } from './cast.ts';
import type { Fault } from './faults.ts';
import { injectFaults } from './injector.ts';
import type { Random } from './random.ts';
import type { Tally } from './tally.ts';

export const REGISTRY: string = benchFile('chaos/plugins.yaml');
const CALLERS = 8;

export interface RoundOptions {
  readonly manager: PluginManagerOptions;
  readonly cast: Cast;
  readonly milliseconds: number;
  readonly tally: Tally;
  readonly random: Random;
  /** Faults with several steps, each once a round. */
  readonly stories: readonly Fault[];
}

/** Opens a manager, runs eight callers and all faults on it, and closes it while they still call. */
export async function round(options: RoundOptions): Promise<void> {
  const { cast, tally, random, milliseconds } = options;
  const manager = await PluginManager.open(REGISTRY, options.manager);
  const over = new AbortController();
  const arena = new Arena(manager, cast, tally, over.signal);
  const running = [
    ...Array.from({ length: CALLERS }, () => arena.caller([...cast.calm, ...cast.prey], random.fork())),
    injectFaults(arena, random.fork()),
    ...options.stories.map((story) => Promise.resolve(story(arena, random.fork()))),
  ];
  await Promise.race([delay(milliseconds), Promise.all(running)]);
  over.abort();
  await manager.close();
  await Promise.all(running);
  await arena.settled();
}
