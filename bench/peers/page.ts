import { arch, cpus, loadavg, platform, release } from 'node:os';
import { describeGoal, type Figure } from '../figure.ts';
import type { Idle } from '../idle.ts';
import { CALL_CHART, RATE_CHART } from './charts.ts';
import type { Summary } from '../statistics.ts';
import type { Comparison, StepResult } from './compare.ts';

/** All measurements of one run. */
export interface Measured {
  readonly figures: readonly Figure[];
  readonly peers: readonly Comparison[];
  readonly idle: readonly Idle[];
  /** Version of the Python that all peers ran on. */
  readonly python: string;
}

const RATES = ['1 in flight', '8 in flight', '64 in flight'];
const SIZES = ['4 KiB', '1 MiB', '100 MiB'];

/** Writes the page as Markdown. */
export function page(measured: Measured): string {
  const { figures, python } = measured;
  return `${[
    INTRODUCTION,
    machine(python),
    CHARTS,
    '## Bulkhead and its floors',
    table(['figure', 'value', 'goal', 'ours p50 / p99', 'floor p50 / p99'], figures.map(figureRow)),
    figures.map(({ name, what }) => `- \`${name}\`: ${what}`).join('\n'),
    peersText(measured),
  ].join('\n\n')}\n`;
}

/** The part of the page about peers, which a terminal shows as well. */
export function peersText({ peers, idle }: Measured): string {
  const ran = peers.filter(({ reason }) => reason === undefined);
  return [
    '## Peers: one call after the other, 64 bytes there and back',
    table(['', 'p50 µs', 'p99 µs', '× floor', 'structured p50 µs', 'start to first result ms'], ran.map(callRow)),
    '## Peers: calls per second, 64 bytes',
    table(['', ...RATES], ran.map(rateRow)),
    '## Peers: larger payloads, p50 in ms (× floor)',
    table(['', ...SIZES], ran.map(payloadRow)),
    '## Peers: what the caller sees when the worker is killed in a call',
    table(
      ['', ''],
      ran.map(({ name, killed }) => [name, killed ?? '']),
    ),
    '## How each was used',
    peers
      .map(({ name, what, reason }) => `- **${name}**: ${reason === undefined ? what : `not measured: ${reason}`}`)
      .join('\n'),
    '## Idle plugins',
    IDLE,
    table(IDLE_COLUMNS, idle.map(idleRow)),
  ].join('\n\n');
}

const INTRODUCTION = `# Benchmarks

<!-- Written by \`npm run bench -- --peers --publish\`. -->

\`npm run bench\` measures the first table, \`npm run bench -- --peers\` all of them; each takes some minutes. **Read the ratios, not the
times**: the machine is shared with other work, which takes part in every number.

- A *floor* is the least that a step can take on this machine, such as a bare socket, measured in the same rounds as ours. The value of a
  \`_ratio\` or \`_speedup\` is the median of the rounds' ratios; that of \`_ms\`, \`_us\` or \`_mib\` is our median.
- The goal says which way is better: at most (≤), or at least (≥). Below the table each figure has its unit and its floor.
- Each peer runs in a process of its own, with one worker in Python that gives back what it gets, over loopback or pipes, in rounds that
  take turns. *× floor* is the median of its ratios to the bare socket in the same round.

Of the machine:`;

const CHARTS = `![Microseconds of one call, for each peer](${CALL_CHART})

![Calls per second, for each peer](${RATE_CHART})`;

const IDLE = `Plugins without dependencies, started one after the other and then left alone for some seconds. Host memory is what the
host grew by for each plugin; *proportional* memory counts a page that several processes share once.`;

const IDLE_COLUMNS = [
  'plugins',
  'host MiB each',
  'process MiB',
  'proportional',
  'host ms of processor per s',
  'call p50 µs',
  'start ms, first',
  'tenth',
];

function machine(python: string): string {
  const [cpu] = cpus();
  return [
    `- processor: ${cpu?.model.trim() ?? 'unknown'}, ${cpus().length} cores`,
    `- system: ${platform()} ${release()}, ${arch()}`,
    `- Node ${process.versions.node}, Python ${python}`,
    `- load average at the end, of one and of fifteen minutes: ${number(loadavg()[0])} and ${number(loadavg()[2])}`,
    `- ${new Date().toISOString().slice(0, 10)}`,
  ].join('\n');
}

function figureRow(figure: Figure): readonly string[] {
  const { name, value, ours, floor } = figure;
  const goal = describeGoal(figure, number) || '–';
  return [`\`${name}\``, number(value), goal, pair(ours), floor === undefined ? '–' : pair(floor)];
}

function callRow({ name, steps, start }: Comparison): readonly string[] {
  const calls = steps?.['one by one'];
  const structured = steps?.['structured']?.samples.p50;
  return [name, ...[calls?.samples.p50, calls?.samples.p99, calls?.timesFloor, structured, start?.p50].map(number)];
}

function rateRow({ name, steps }: Comparison): readonly string[] {
  return [name, ...RATES.map((rate) => number(steps?.[rate]?.samples.p50))];
}

function payloadRow({ name, steps }: Comparison): readonly string[] {
  return [name, ...SIZES.map((size) => payloadCell(steps?.[size]))];
}

function payloadCell(step: StepResult | undefined): string {
  return step === undefined ? '–' : `${number(step.samples.p50 / 1000)} (${number(step.timesFloor)})`;
}

function idleRow(idle: Idle): readonly string[] {
  const { plugins, hostMiBEach, processResidentMiB, processProportionalMiB, hostMillisecondsPerSecond } = idle;
  const numbers = [hostMiBEach, processResidentMiB, processProportionalMiB, hostMillisecondsPerSecond];
  return [String(plugins), ...[...numbers, idle.callP50, idle.startFirst, idle.startTenth].map(number)];
}

function pair({ p50, p99 }: Summary): string {
  return `${number(p50)} / ${number(p99)}`;
}

function number(value: number | null | undefined): string {
  if (value === undefined || value === null || Number.isNaN(value)) return '–';
  return value >= 100 ? String(Math.round(value)) : value.toFixed(value >= 10 ? 1 : 2);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
