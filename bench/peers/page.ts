import { arch, cpus, platform, release } from 'node:os';
import type { Figure } from '../figure.ts';
import type { Summary } from '../statistics.ts';
import type { Comparison } from './compare.ts';
import type { Idle } from './idle.ts';

/** All that one run measured. */
export interface Measured {
  readonly figures: readonly Figure[];
  readonly peers: readonly Comparison[];
  readonly idle: readonly Idle[];
  /** Version of the Python that everybody ran on. */
  readonly python: string;
}

const FLOOR = 'bare socket';

/** The page as Markdown; its tables are what a terminal shows too. */
export function page(measured: Measured): string {
  const { figures, peers, idle } = measured;
  const ran = peers.filter(({ reason }) => reason === undefined);
  return `${[
    INTRODUCTION,
    machine(measured.python),
    '## Bulkhead and its floors',
    table(['figure', 'value', 'ours p50 / p99', 'floor p50 / p99'], figures.map(figureRow)),
    figures.map(({ name, what }) => `- \`${name}\`: ${what}`).join('\n'),
    '## Peers: one call after the other, 64 bytes there and back',
    table(
      ['', 'p50 µs', 'p99 µs', '× floor', 'structured p50 µs', 'start to first result ms'],
      ran.map((peer) => callRow(peer, ran)),
    ),
    '## Peers: calls per second, 64 bytes',
    table(['', '1 in flight', '8', '64'], ran.map(rateRow)),
    '## Peers: larger payloads, p50 in ms',
    table(['', '4 KiB', '1 MiB', '100 MiB'], ran.map(payloadRow)),
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
  ].join('\n\n')}\n`;
}

const INTRODUCTION = `# Benchmarks

<!-- Written by \`npm run bench -- --peers --markdown docs/benchmarks.md\`. -->

Measured by \`npm run bench -- --peers\`, in interleaved rounds, all on one machine: each peer runs in a process of its own, with
one worker in Python that gives back what it gets, over loopback or pipes. **Read the ratios, not the times**: the machine is
shared with other work, which takes part in every number.`;

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
    `- ${new Date().toISOString().slice(0, 10)}`,
  ].join('\n');
}

function figureRow({ name, value, ours, floor }: Figure): readonly string[] {
  return [`\`${name}\``, number(value), pair(ours), floor === undefined ? '–' : pair(floor)];
}

function callRow({ name, sequential, structured, start }: Comparison, all: readonly Comparison[]): readonly string[] {
  const floor = all.find((peer) => peer.name === FLOOR)?.sequential?.p50;
  const ratio = floor === undefined || sequential === undefined ? undefined : sequential.p50 / floor;
  return [
    name,
    number(sequential?.p50),
    number(sequential?.p99),
    number(ratio),
    number(structured?.p50),
    number(start?.p50),
  ];
}

function rateRow({ name, inFlight }: Comparison): readonly string[] {
  return [name, ...['1', '8', '64'].map((count) => number(inFlight?.[count]))];
}

function payloadRow({ name, payloads }: Comparison): readonly string[] {
  return [name, ...['4 KiB', '1 MiB', '100 MiB'].map((size) => number(milliseconds(payloads?.[size]?.p50)))];
}

function milliseconds(microseconds: number | undefined): number | undefined {
  return microseconds === undefined ? undefined : microseconds / 1000;
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
