import { fileURLToPath } from 'node:url';
import type { Figure } from './figure.ts';
import type { HostMemory } from './host-memory.ts';
import { MeasuringProcess } from './measuring-process.ts';
import { summarize } from './statistics.ts';

const PROGRAM = fileURLToPath(new URL('no-slope-process.js', import.meta.url));
const MEASUREMENTS = 20;
/** V8 optimizes code again for thousands of restarts, and forgets code that rests: neither is what a host leaves behind. */
const WITHOUT_CODE = ['--no-opt', '--no-flush-bytecode'];

/** What is done so often, and for how many of them the growth is told. */
interface Deed {
  readonly name: string;
  readonly count: number;
  readonly per: number;
  /** KiB of the heap for `per` of them: what is less than 80 bytes each, half of the smallest object with a callback, is noise. */
  readonly atMost: number;
  readonly what: string;
}

const DEEDS: readonly Deed[] = [
  { name: 'calls', count: 1_000_000, per: 1_000, atMost: 1, what: 'calls of 64 bytes, 64 in flight' },
  { name: 'cancels', count: 10_000, per: 100, atMost: 8, what: 'cancels of calls that the plugin has begun' },
  { name: 'restarts', count: 1_000, per: 100, atMost: 8, what: 'restarts after a kill' },
  { name: 'reloads', count: 1_000, per: 100, atMost: 8, what: 'reloads' },
];

/**
 * Measures whether a host grows with what it has done, in a process of its own for each deed. Only the second half of the measurements
 * counts: until then V8 still compiles, and buffers and caches fill.
 * @param share of the full counts
 */
export async function noSlope(home: string, share = 1): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  for (const deed of DEEDS) {
    const each = Math.ceil((deed.count * share) / MEASUREMENTS);
    await using host = new MeasuringProcess(process.execPath, [...WITHOUT_CODE, PROGRAM, home]);
    const measured: HostMemory[] = [];
    for (let index = 0; index < MEASUREMENTS; index += 1)
      measured.push(await host.ask<HostMemory>(`${deed.name} ${each}`));
    figures.push(...figuresOf(deed, each, measured.slice(MEASUREMENTS / 2)));
  }
  return figures;
}

function figuresOf({ name, per, atMost, what }: Deed, each: number, measured: readonly HostMemory[]): Figure[] {
  const heap = summarize(slopes(measured.map((memory) => memory.heap)).map((slope) => (slope / each) * per));
  const resident = summarize(slopes(measured.map((memory) => memory.resident)).map((slope) => (slope / each) * per));
  const text = `KiB for each ${per} of ${each * MEASUREMENTS} ${what}, in a process without optimized code: median of the slopes in the second half of ${MEASUREMENTS} measurements, garbage collected`;
  return [
    {
      name: `heap_growth_${name}_kib`,
      unit: 'KiB',
      value: heap.p50,
      goal: { atMost },
      ours: heap,
      what: `heap: ${text}`,
    },
    {
      name: `resident_growth_${name}_kib`,
      unit: 'KiB',
      value: resident.p50,
      ours: resident,
      what: `resident: ${text}`,
    },
  ];
}

/** From each measurement to each later one, for one step; their median is a slope on which a few outliers change nothing. */
function slopes(values: readonly number[]): number[] {
  return values.flatMap((value, earlier) =>
    values.slice(earlier + 1).map((later, between) => (later - value) / (between + 1)),
  );
}
