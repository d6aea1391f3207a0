import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { text } from 'node:stream/consumers';
import { PluginManager } from 'bulkhead';
import type { Figure } from './figure.ts';
import { benchFile } from './floor-process.ts';
import { largeRegistry } from './large-registry.ts';
import { median, summarize } from './statistics.ts';

const ROUNDS = 9;
/** Costs of twice as many plugins; what is the same for any number is in both. */
const LINEAR = 2.2;
const COMMAND = createRequire(import.meta.url)
  .resolve('bulkhead')
  .replace(/index\.js$/, 'cli/main.js');

/** Measures a registry of a thousand plugins against one of half of them, each in processes of their own: it is read once in a life. */
export async function scale(home: string): Promise<readonly Figure[]> {
  const { thousand, half } = await largeRegistry();
  await learnAll(thousand, home);
  const open = async (registry: string): Promise<number> =>
    Number(await outputOf([benchFile('dist/open-registry.js'), registry], home));
  const list = async (registry: string, ...options: string[]): Promise<number> =>
    await timeOf([COMMAND, '--registry', registry, 'list', ...options], home);
  const describe = async (registry: string): Promise<number> =>
    await timeOf([COMMAND, '--registry', registry, 'describe', '--no-start', '--json'], home);
  const measures = [
    measure('open', 300, 'ms to open a registry of 1,000 plugins with manifests, in a fresh process', open),
    measure('list', 500, '`bulkhead list` of them, the whole process', list),
    measure('list_json', 500, 'the same with `--json`', async (registry) => await list(registry, '--json')),
    measure('describe', undefined, '`bulkhead describe --no-start --json` of them: all actions', describe),
  ];
  for (let round = -1; round < ROUNDS; round += 1)
    for (const { run, ours, floor } of measures) {
      const [whole, part] = [await run(thousand), await run(half)];
      if (round < 0) continue;
      ours.push(whole);
      floor.push(part);
    }
  return measures.flatMap(figuresOf);
}

interface Measure {
  readonly name: string;
  readonly goal: number | undefined;
  readonly what: string;
  readonly run: (registry: string) => Promise<number>;
  readonly ours: number[];
  readonly floor: number[];
}

function measure(name: string, goal: number | undefined, what: string, run: Measure['run']): Measure {
  return { name, goal, what, run, ours: [], floor: [] };
}

function figuresOf({ name, goal, what, ours, floor }: Measure): Figure[] {
  const shared = { ours: summarize(ours), floor: summarize(floor) };
  const rounds = `${what}; floor: 500 of them; ${ROUNDS} rounds`;
  return [
    {
      name: `${name}_thousand_ms`,
      unit: 'ms',
      value: shared.ours.p50,
      ...(goal === undefined ? {} : { goal: { atMost: goal } }),
      ...shared,
      what: rounds,
    },
    {
      name: `${name}_growth_ratio`,
      unit: 'ratio',
      value: median(ours.map((time, round) => time / (floor[round] ?? Number.NaN))),
      goal: { atMost: LINEAR },
      ...shared,
      what: `1,000 plugins against 500: ${what}`,
    },
  ];
}

/** After that nothing has to be started to say what they can do. */
async function learnAll(registry: string, home: string): Promise<void> {
  await using manager = await PluginManager.open(registry, { home });
  const problem = (await manager.describePlugins()).find(({ description }) => description === undefined)?.problem;
  if (problem !== undefined) throw problem;
}

async function timeOf(parameters: readonly string[], home: string): Promise<number> {
  const began = performance.now();
  await outputOf(parameters, home);
  return performance.now() - began;
}

async function outputOf(parameters: readonly string[], home: string): Promise<string> {
  const child = spawn(process.execPath, parameters, {
    env: { ...process.env, BULKHEAD_HOME: home },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [output, [code]] = await Promise.all([text(child.stdout), once(child, 'exit') as Promise<[number | null]>]);
  if (code !== 0) throw new Error(`${parameters.join(' ')} ended with status ${code}`);
  return output;
}
