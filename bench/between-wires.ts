import { PluginManager } from 'bulkhead';
import type { Figure } from './figure.ts';
import { benchFile } from './floor-process.ts';
import { onOneProcessor } from './one-processor.ts';
import { median, summarize } from './statistics.ts';

const ROUNDS = 21;
const WIRES = ['over_stdio', 'over_grpc', 'over_zeromq', 'rep'];
const LARGE = 1024 * 1024;

/** What a wire is given to carry: how many calls a round makes, how many of them at a time, and their input. */
interface Load {
  readonly name: string;
  readonly calls: number;
  readonly together: number;
  readonly input: unknown;
  readonly what: string;
}

const LOADS: readonly Load[] = [
  { name: 'small', calls: 200, together: 1, input: 'x'.repeat(64), what: 'a text of 64 characters' },
  { name: 'inflight64', calls: 640, together: 64, input: 'x'.repeat(64), what: 'the same with 64 calls in flight' },
  { name: 'large', calls: 6, together: 1, input: Buffer.alloc(LARGE, 'x'), what: 'a body of 1 MiB there and back' },
];

/** The same plugin over each wire, against sockets: which to choose where it is to be quick. */
export async function betweenWires(home: string): Promise<readonly Figure[]> {
  await using manager = await PluginManager.open(benchFile('wires.yaml'), { home });
  const figures: Figure[] = [];
  for (const load of LOADS) {
    const wires = WIRES.filter((wire) => wire !== 'rep' || typeof load.input === 'string'); // JSON has no bytes
    figures.push(...(await compare(manager, wires, load)));
  }
  return figures;
}

async function compare(manager: PluginManager, wires: readonly string[], load: Load): Promise<readonly Figure[]> {
  const all = ['over_sockets', ...wires];
  for (const plugin of all) await round(manager, plugin, load);
  const processes = manager.plugins().flatMap(({ instances }) => instances.flatMap(({ pid }) => pid ?? []));
  const times = new Map<string, number[]>(all.map((plugin) => [plugin, []]));
  await onOneProcessor(processes, async () => {
    for (let index = 0; index < ROUNDS; index += 1)
      for (const plugin of all) times.get(plugin)?.push(await round(manager, plugin, load));
  });
  const floor = times.get('over_sockets') ?? [];
  return wires.map((wire) => {
    const ours = times.get(wire) ?? [];
    return {
      name: `${wire}_${load.name}_ratio`,
      unit: 'ratio',
      value: median(ours.map((time, index) => time / (floor[index] ?? Number.NaN))),
      ours: summarize(ours),
      floor: summarize(floor),
      what: `${load.what}, µs for each call; floor: the same over sockets; ${ROUNDS} interleaved rounds of ${load.calls}`,
    };
  });
}

/** Microseconds for each call: the median of calls one after the other, the mean of calls at the same time. */
async function round(manager: PluginManager, plugin: string, { calls, together, input }: Load): Promise<number> {
  const times: number[] = [];
  let left = calls;
  const caller = async (): Promise<void> => {
    for (; left > 0;) {
      left -= 1;
      const start = performance.now();
      await manager.executePlugin(plugin, input);
      times.push((performance.now() - start) * 1000);
    }
  };
  const start = performance.now();
  await Promise.all(Array.from({ length: together }, caller));
  return together === 1 ? median(times) : ((performance.now() - start) * 1000) / calls;
}
