import { Counter as OtherCounter, Gauge as OtherGauge, Histogram, Registry } from 'prom-client';
import { expect, test } from 'vitest';
import { Durations } from '../../src/monitor/durations.ts';
import { Exposition } from '../../src/monitor/exposition.ts';
import { Counter, Gauge, GaugeOnDemand } from '../../src/monitor/tally.ts';

const HELP = 'Of a \\ and\nof another line.';
const BUCKETS = [0.001, 0.5, 2];
const LABELS = ['plugin_id', 'action'];
const LINES = [
  { plugin_id: 'one', action: 'execute' },
  { plugin_id: 'one', action: '' },
  { plugin_id: 'two', action: 'say "hi"\\\n' },
];

test('the text of metrics is that of the usual library', async () => {
  const exposition = new Exposition();
  const registry = new Registry();
  const of = (name: string): { name: string; help: string } => ({ name, help: HELP });
  const other = (name: string): object => ({ ...of(name), labelNames: LABELS, registers: [registry] });

  const counters = [new Counter(exposition, of('c_total')), new OtherCounter(other('c_total') as never)];
  const gauges = [new Gauge(exposition, of('g')), new OtherGauge(other('g') as never)];
  const durations = [
    new Durations(exposition, { ...of('d_seconds'), buckets: BUCKETS }),
    new Histogram({ ...other('d_seconds'), buckets: BUCKETS } as never),
  ];
  new Counter(exposition, of('empty_total'));
  new OtherCounter(other('empty_total') as never);
  LINES.forEach((labels, index) => {
    for (const counter of counters) {
      counter.inc(labels);
      counter.inc(labels, index / 7);
    }
    for (const gauge of gauges) {
      gauge.inc(labels);
      if (index > 0) gauge.dec(labels);
      if (index > 1) gauge.dec(labels);
    }
    for (const histogram of durations)
      for (const seconds of [0.001, 0.25, 1e9]) histogram.observe(labels, seconds + index);
  });

  expect(await exposition.text()).toBe(await registry.metrics());
});

test('what is looked for is looked for once for each text, and counted together where the labels are the same', async () => {
  const exposition = new Exposition();
  let looks = 0;
  const found: Counter<'plugin_id'> = new Counter(exposition, { name: 'found_total', help: 'Found.' }, async () =>
    found.inc({ plugin_id: 'one' }, ++looks),
  );
  new GaugeOnDemand<'plugin_id'>(exposition, { name: 'now', help: 'Now.' }, async () => [
    [{ plugin_id: 'one' }, 1],
    [{ plugin_id: 'two' }, 2],
    [{ plugin_id: 'one' }, 3],
  ]);
  const lines = (text: string): string[] => text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));

  expect(lines(await exposition.text())).toEqual([
    'found_total{plugin_id="one"} 1',
    'now{plugin_id="one"} 4',
    'now{plugin_id="two"} 2',
  ]);
  expect(lines(await exposition.text())[0]).toBe('found_total{plugin_id="one"} 3');
});
