import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { RequirementList } from 'bulkhead';
import type * as Checker from '../packages/bulkhead/src/conflicts/check-plugins.ts';
import type { Figure } from './figure.ts';
import { median, summarize } from './statistics.ts';

const ROUNDS = 7;
const REQUIREMENTS = 20;
const PACKAGES = 500;

/** Compares many plugins by their specifiers and groups them: time, growth, memory. */
export async function conflicts(): Promise<readonly Figure[]> {
  const { checkPlugins } = (await import(
    new URL('conflicts/check-plugins.js', import.meta.resolve('bulkhead')).href
  )) as typeof Checker;
  const check = async (lists: readonly RequirementList[]): Promise<number> => {
    const began = performance.now();
    await checkPlugins(lists, { signal: new AbortController().signal });
    return performance.now() - began;
  };
  const [thousand, twice] = [randomLists(1000), randomLists(2000)];
  await check(thousand);
  const times: number[] = [];
  const doubled: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    times.push(await check(thousand));
    doubled.push(await check(twice));
  }
  const megabytes = await heldBy(async () => await checkPlugins(thousand, { signal: new AbortController().signal }));
  return [
    {
      name: 'conflicts_thousand_ms',
      unit: 'ms',
      value: median(times),
      goal: { atMost: 1000 },
      ours: summarize(times),
      what: `ms to compare 1,000 plugins of ${REQUIREMENTS} requirements each over ${PACKAGES} packages by their specifiers, from text to groups; ${ROUNDS} rounds`,
    },
    {
      name: 'conflicts_doubling_ratio',
      unit: 'ratio',
      value: median(doubled.map((time, round) => time / (times[round] ?? Number.NaN))),
      goal: { atMost: 3 },
      ours: summarize(doubled),
      floor: summarize(times),
      what: '2,000 plugins, of which there are four times as many pairs, against 1,000 over the same packages',
    },
    {
      name: 'conflicts_thousand_megabytes',
      unit: 'MB',
      value: megabytes,
      ours: summarize([megabytes]),
      what: 'MB of memory that the report of 1,000 plugins holds',
    },
  ];
}

async function heldBy(make: () => Promise<unknown>): Promise<number> {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  const before = process.memoryUsage().heapUsed;
  const held = await make();
  collect();
  const after = process.memoryUsage().heapUsed;
  if (held === undefined) throw new Error('nothing was made');
  return (after - before) / 1e6;
}

/** Lists in which a few packages are common and most are rare; the same in every run. */
function randomLists(count: number): RequirementList[] {
  let state = 7;
  const random = (): number => {
    state = (state * 16807) % 2147483647;
    return state / 2147483647;
  };
  const below = (limit: number): number => Math.floor(random() * limit);
  const clause = (): string => {
    const major = below(6);
    const kinds = [
      '',
      '',
      '',
      `>=${major}.${below(10)}`,
      `>=${major}.${below(10)}`,
      `>=${major}`,
      `>=${major},<${major + 2}`,
    ];
    kinds.push(`~=${major}.${below(10)}`, `==${major}.${below(9)}.*`, `>=1; python_version < "3.1${below(4)}"`);
    return kinds[below(kinds.length)] ?? '';
  };
  return Array.from({ length: count }, (_, index) => ({
    id: `plugin_${index}`,
    requiresPython: `>=3.${8 + below(4)}`,
    dependencies: Array.from(
      { length: REQUIREMENTS },
      () => `package-${Math.floor(PACKAGES * random() * random())}${clause()}`,
    ),
  }));
}
