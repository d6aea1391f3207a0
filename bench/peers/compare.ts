import { fileURLToPath } from 'node:url';
import { MeasuringProcess } from '../measuring-process.ts';
import { median, type Summary, summarize } from '../statistics.ts';
import { install, toolsFolder } from './install.ts';
import { STEPS } from './measure.ts';
import { PEERS } from './peers.ts';
import type { Tools } from './worker.ts';

const ROUNDS = 9;
/** Steps that take long have fewer rounds. */
const ROUNDS_OF: Readonly<Record<string, number>> = { '100 MiB': 3 };
const PROGRAM = fileURLToPath(new URL('peer-process.js', import.meta.url));
/** The floor: all other peers are measured against it, turn by turn. */
const FLOOR = 'bare socket';

/** The result of one step: a summary of all samples, and the median ratio to the floor's turn of the same round. */
export interface StepResult {
  readonly samples: Summary;
  readonly timesFloor: number | undefined;
}

/** The measurements of one peer, or the reason why there are none. */
export interface Comparison {
  readonly name: string;
  readonly what?: string;
  readonly reason?: string;
  /** Microseconds of calls, or calls per second, by step. */
  readonly steps?: Readonly<Record<string, StepResult>>;
  /** Milliseconds. */
  readonly start?: Summary;
  readonly killed?: string;
}

interface Contender {
  readonly name: string;
  readonly peer: MeasuringProcess;
  readonly what: string;
  readonly starts: readonly number[];
  /** Samples by step, one list a round. */
  readonly rounds: Map<string, (readonly number[])[]>;
  /** Why the peer had to stop; it gets no more turns. */
  failure?: string;
}

/** Starts all peers, then gives each its turn in every round of every step, so that a busy moment of the machine hits all of them. */
export async function comparePeers(python: string, tell: (text: string) => void): Promise<readonly Comparison[]> {
  const tools = await toolsFolder(python);
  const contenders: Contender[] = [];
  const failed: Comparison[] = [];
  try {
    for (const name of Object.keys(PEERS)) {
      tell(`${name} …`);
      const entered = await enter(name, tools);
      if ('peer' in entered) contenders.push(entered);
      else failed.push(entered);
    }
    for (const step of Object.keys(STEPS)) {
      tell(`${step} …`);
      for (let round = 0; round < (ROUNDS_OF[step] ?? ROUNDS); round += 1) await turn(contenders, step);
    }
    const compared: Comparison[] = [];
    for (const contender of contenders) compared.push(await conclude(contender, contenders));
    return [...compared, ...failed];
  } finally {
    await Promise.all(contenders.map(({ peer }) => peer[Symbol.asyncDispose]()));
  }
}

async function turn(contenders: readonly Contender[], step: string): Promise<void> {
  for (const contender of contenders) {
    if (contender.failure !== undefined) continue;
    try {
      const samples = await contender.peer.ask<readonly number[] | null>(step);
      const before = contender.rounds.get(step) ?? [];
      if (samples !== null) contender.rounds.set(step, [...before, samples]);
    } catch (error) {
      contender.failure = `${step}: ${(error as Error).message}`;
    }
  }
}

/** Kills the peer's worker and notes what its caller sees. Runs last: the peer has no worker afterwards. */
async function conclude(contender: Contender, all: readonly Contender[]): Promise<Comparison> {
  const { name, peer, failure } = contender;
  if (failure !== undefined) return { name, reason: failure };
  const killed = await peer
    .ask<string>('kill')
    .catch((error: unknown) => `the host itself is gone: ${(error as Error).message}`);
  return summarizeAll(contender, all, killed);
}

async function enter(name: string, tools: Tools): Promise<Contender | Comparison> {
  let peer: MeasuringProcess | undefined;
  try {
    peer = await open(name, tools);
    const what = await peer.ask<string>('what');
    return { name, peer, what, starts: await peer.ask<readonly number[]>('starts'), rounds: new Map() };
  } catch (error) {
    await peer?.[Symbol.asyncDispose]();
    return { name, reason: (error as Error).message };
  }
}

async function open(name: string, tools: Tools): Promise<MeasuringProcess> {
  const entry = PEERS[name];
  if (entry === undefined || 'reason' in entry) throw new Error(entry?.reason);
  await install(tools, entry.npm, entry.pypi);
  if ('make' in entry) return new MeasuringProcess(process.execPath, [PROGRAM, name, JSON.stringify(tools)]);
  const [command = '', ...parameters] = await entry.program(tools);
  return new MeasuringProcess(command, parameters);
}

function summarizeAll(contender: Contender, all: readonly Contender[], killed: string): Comparison {
  const { name, what, starts, rounds } = contender;
  const floor = all.find((other) => other.name === FLOOR)?.rounds;
  const steps = [...rounds].map(([step, turns]) => [
    step,
    { samples: summarize(turns.flat()), timesFloor: timesFloor(turns, floor?.get(step)) },
  ]);
  return { name, what, killed, start: summarize(starts), steps: Object.fromEntries(steps) as Comparison['steps'] & {} };
}

function timesFloor(
  turns: readonly (readonly number[])[],
  floor: readonly (readonly number[])[] | undefined,
): number | undefined {
  if (floor === undefined) return undefined;
  return median(turns.map((samples, round) => median(samples) / median(floor[round] ?? [])));
}
