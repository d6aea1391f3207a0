import { type Bar, barChart } from './bar-chart.ts';
import type { Comparison } from './compare.ts';

/** Below `docs`. */
export const CALL_CHART = 'images/one-call.svg';
export const RATE_CHART = 'images/calls-per-second.svg';

/** The charts of a page of benchmarks: SVG by path below `docs`. */
export function charts(peers: readonly Comparison[]): ReadonlyMap<string, string> {
  return new Map([[CALL_CHART, callChart(peers)] as const, [RATE_CHART, rateChart(peers)] as const]);
}

function callChart(peers: readonly Comparison[]): string {
  const bars = barsOf(peers, 'one by one');
  return barChart({
    title: 'One call: 64 bytes to Python and back',
    subtitle: 'median in µs, one after the other; shorter is better',
    bars: bars.toSorted((one, other) => one.value - other.value),
    format: (value) => `${Math.round(value)} µs`,
  });
}

function rateChart(peers: readonly Comparison[]): string {
  const bars = barsOf(peers, '64 in flight');
  return barChart({
    title: 'Many calls: 64 in flight, 64 bytes each',
    subtitle: 'calls per second, one worker in Python; longer is better',
    bars: bars.toSorted((one, other) => other.value - one.value),
    format: (value) => Math.round(value).toLocaleString('en'),
  });
}

function barsOf(peers: readonly Comparison[], step: string): readonly Bar[] {
  return peers.flatMap(({ name, steps }) => {
    const value = steps?.[step]?.samples.p50;
    return value === undefined ? [] : [{ name, value, ...roleOf(name) }];
  });
}

function roleOf(name: string): Pick<Bar, 'role'> {
  if (name === 'Bulkhead') return { role: 'ours' };
  return name === 'bare socket' ? { role: 'floor' } : {};
}
