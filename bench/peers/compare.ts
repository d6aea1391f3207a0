import { fileURLToPath } from 'node:url';
import { median, type Summary, summarize } from '../statistics.ts';
import { install, toolsFolder } from './install.ts';
import type { Round } from './measure.ts';
import { PEERS } from './peers.ts';
import { RunningPeer } from './running-peer.ts';
import type { Tools } from './worker.ts';

const ROUNDS = 3;
const PROGRAM = fileURLToPath(new URL('peer-process.js', import.meta.url));

/** What was measured of one peer: microseconds of calls, calls per second, milliseconds of starts; or why nothing was. */
export interface Comparison {
  readonly name: string;
  readonly what?: string;
  readonly reason?: string;
  readonly sequential?: Summary;
  readonly structured?: Summary;
  readonly payloads?: Readonly<Record<string, Summary>>;
  readonly inFlight?: Readonly<Record<string, number>>;
  readonly start?: Summary;
  readonly killed?: string;
}

interface Contender {
  readonly name: string;
  readonly peer: RunningPeer;
  readonly what: string;
  readonly starts: readonly number[];
  readonly rounds: Round[];
}

/** All peers are started and stay; then each has its turn in every round, so that a busy moment of the machine is no peer's own. */
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
    for (let round = 1; round <= ROUNDS; round += 1) {
      tell(`round ${round} of ${ROUNDS} …`);
      for (const { peer, rounds } of contenders) rounds.push(await peer.ask<Round>('round'));
    }
    const compared: Comparison[] = [];
    for (const contender of contenders)
      compared.push(summarizeAll(contender, await contender.peer.ask<string>('kill')));
    return [...compared, ...failed];
  } finally {
    await Promise.all(contenders.map(({ peer }) => peer[Symbol.asyncDispose]()));
  }
}

async function enter(name: string, tools: Tools): Promise<Contender | Comparison> {
  const { npm, pypi } = PEERS[name] ?? { npm: [], pypi: [] };
  let peer: RunningPeer | undefined;
  try {
    await install(tools, npm, pypi);
    peer = new RunningPeer(process.execPath, [PROGRAM, name, JSON.stringify(tools)]);
    const what = await peer.ask<string>('what');
    return { name, peer, what, starts: await peer.ask<readonly number[]>('starts'), rounds: [] };
  } catch (error) {
    await peer?.[Symbol.asyncDispose]();
    return { name, reason: (error as Error).message };
  }
}

function summarizeAll({ name, what, starts, rounds }: Contender, killed: string): Comparison {
  const keys = (of: 'inFlight' | 'payloads'): readonly string[] => Object.keys(rounds[0]?.[of] ?? {});
  return {
    name,
    what,
    killed,
    start: summarize(starts),
    sequential: summarize(rounds.flatMap((round) => round.sequential)),
    structured: summarize(rounds.flatMap((round) => round.structured)),
    payloads: Object.fromEntries(
      keys('payloads').map((size) => [size, summarize(rounds.flatMap((round) => round.payloads[size] ?? []))]),
    ),
    inFlight: Object.fromEntries(
      keys('inFlight').map((count) => [count, median(rounds.map((round) => round.inFlight[count] ?? 0))]),
    ),
  };
}
