import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Figure } from './figure.ts';
import { MeasuringProcess } from './measuring-process.ts';
import { median, summarize } from './statistics.ts';

const COUNTS = [1, 50, 200];
const [FEW, MANY] = [50, 200];
const ROUNDS = 3;
/** V8 lets its young generation grow with what a host has done, up to this many MiB; here it has that from the start. */
const FULL_YOUNG_GENERATION = ['--min-semi-space-size=16', '--max-semi-space-size=16'];
const PROGRAM = fileURLToPath(new URL('idle-process.js', import.meta.url));

/** Measures what idle plugins cost the host, and how much they slow down a call to one of them. */
export interface Idle {
  readonly plugins: number;
  /** MiB of the host's memory for each plugin, over the same host before it had any. */
  readonly hostMiBEach: number;
  /** MiB of a plugin's process: resident, and proportional (each shared page divided by its users). */
  readonly processResidentMiB: number;
  readonly processProportionalMiB: number;
  /** Milliseconds of the host's processor time in one second without calls. */
  readonly hostMillisecondsPerSecond: number;
  /** Microseconds of a call to one of them. */
  readonly callP50: number;
  /** Milliseconds to the first result of the first plugin, and of the tenth if there is one. */
  readonly startFirst: number;
  readonly startTenth?: number | undefined;
}

export async function measureIdle(home: string): Promise<readonly Idle[]> {
  return await withHosts(home, async (ask) => {
    const results: Idle[] = [];
    for (const count of COUNTS) results.push(await ask<Idle>(count, 'measure'));
    return results;
  });
}

/** Measures the memory of a host with many idle plugins against one with few: what a host has without any is in both. */
export async function idleHost(home: string): Promise<Figure> {
  return await withHosts(home, async (ask) => {
    const [many, few]: [number[], number[]] = [[], []];
    for (let round = 0; round < ROUNDS; round += 1) {
      few.push(await ask<number>(FEW, 'host', FULL_YOUNG_GENERATION));
      many.push(await ask<number>(MANY, 'host', FULL_YOUNG_GENERATION));
    }
    return {
      name: 'idle_host_mib',
      unit: 'MiB',
      value: median(many.map((size, round) => (size - (few[round] ?? Number.NaN)) / (MANY - FEW))),
      goal: { atMost: 0.2 },
      ours: summarize(many),
      floor: summarize(few),
      what: `resident MiB of the host for each idle plugin, from a host with ${MANY} of them and one with ${FEW}, garbage collected, both with V8's young generation at its full size; ours and floor: MiB of these hosts; ${ROUNDS} rounds`,
    };
  });
}

/** Each question is asked of a host of its own, so that none has the memory of another. */
type Ask = <Answer>(plugins: number, command: string, flags?: readonly string[]) => Promise<Answer>;

async function withHosts<Result>(home: string, measure: (ask: Ask) => Promise<Result>): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), 'bulkhead-bench-idle-'));
  try {
    return await measure(async <Answer>(plugins: number, command: string, flags: readonly string[] = []) => {
      await using host = new MeasuringProcess(process.execPath, [...flags, PROGRAM, home, folder, String(plugins)]);
      return await host.ask<Answer>(command);
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
