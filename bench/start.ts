import { once } from 'node:events';
import { PluginManager } from 'bulkhead';
import type { Figure } from './figure.ts';
import { benchFile, spawnFloor } from './floor-process.ts';
import { summarize } from './statistics.ts';

const ROUNDS = 21;
const GOAL = { factor: 1.5, milliseconds: 10 };

/** Measures the start of a plugin without dependencies, up to its first result, against the bare interpreter's first byte. */
export async function start(home: string, python: string): Promise<Figure> {
  const own: number[] = [];
  const floor: number[] = [];
  for (let round = -2; round < ROUNDS; round += 1) {
    const floorTime = await floorStart(python);
    const ownTime = await ownStart(home);
    if (round < 0) continue;
    floor.push(floorTime);
    own.push(ownTime);
  }
  const ours = summarize(own);
  const bare = summarize(floor);
  return {
    name: 'start_first_result_ms',
    unit: 'ms',
    value: ours.p50,
    goal: { atMost: GOAL.factor * bare.p50 + GOAL.milliseconds },
    ours,
    floor: bare,
    what: `ms to the first result, environment ready; floor: interpreter -I -S to its first byte; goal 1.5 x floor + 10 ms; ${ROUNDS} rounds`,
  };
}

async function ownStart(home: string): Promise<number> {
  await using manager = await PluginManager.open(benchFile('plugins.yaml'), { home });
  const began = performance.now();
  await manager.executePlugin('echo', 'first');
  return performance.now() - began;
}

async function floorStart(python: string): Promise<number> {
  const began = performance.now();
  const { child, socket } = spawnFloor(python, 'first_byte.py');
  await once(socket, 'data');
  const duration = performance.now() - began;
  await once(child, 'exit');
  return duration;
}
