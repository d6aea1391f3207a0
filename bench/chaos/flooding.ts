import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { summarize } from '../statistics.ts';
import type { Flooded } from './flooded-host.ts';
import { FLOODS } from './floods.ts';
import type { ChaosHome } from './home.ts';
import { holdings, leftovers } from './leftovers.ts';
import type { ChaosOptions } from './options.ts';
import type { Tally } from './tally.ts';

const PROGRAM = fileURLToPath(new URL('flooded-host.js', import.meta.url));
/** A host that still runs after this time hangs. */
const LIMIT_MILLISECONDS = 90_000;
const WORST_CALL_MILLISECONDS = 250;
/** How long an attack without an end goes on. */
const SECONDS = { usual: 2, brief: 0.2 };
/** The plugins have one second to end; a busy machine may take longer to end them. */
const CLOSING_MILLISECONDS = 15_000;
/** The host must cut texts of plugins that are longer. */
const MOST_CHARACTERS = 256 * 1024;

/** The result of one flood; `flooded` is undefined when its host ended or hung. */
interface Felt {
  readonly kind: string;
  readonly flooded: Flooded | undefined;
}

/** Runs each attack of the hostile plugin on a host of its own. Answers a table of what its neighbour felt. */
export async function floodHosts(
  home: ChaosHome,
  tally: Tally,
  { floods: kinds, together, brief }: ChaosOptions,
): Promise<string> {
  const seconds = brief ? SECONDS.brief : SECONDS.usual;
  const waiting = [...kinds];
  const felt: Felt[] = [];
  await floodHost(home, 'nothing', 0); // makes the environment, for all
  const before = holdings();
  const worker = async (): Promise<void> => {
    for (let kind = waiting.shift(); kind !== undefined; kind = waiting.shift()) {
      const { flooded, problems } = await floodHost(home, kind, seconds);
      tally.counts.wrong.push(...problems.map((problem) => `flood ${kind}: ${problem}`));
      tally.counts.verified += (flooded?.calls.length ?? 0) - (flooded?.wrong.length ?? 0);
      felt.push({ kind, flooded });
    }
  };
  await Promise.all(Array.from({ length: together }, worker));
  tally.counts.left.push(...(await leftovers(before, home.folder)));
  return table(
    felt.toSorted((one, other) => kinds.indexOf(one.kind) - kinds.indexOf(other.kind)),
    together,
  );
}

async function floodHost(
  home: ChaosHome,
  kind: string,
  seconds: number,
): Promise<{ flooded: Flooded | undefined; problems: readonly string[] }> {
  const { home: state, variables } = home.options();
  const host = spawn(process.execPath, [PROGRAM, kind, state ?? '', String(seconds)], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: variables,
  });
  let hangs = false;
  const limit = setTimeout(() => {
    hangs = true;
    host.kill('SIGKILL');
  }, LIMIT_MILLISECONDS);
  const [said, errors] = await Promise.all([text(host.stdout), text(host.stderr), once(host, 'close')]);
  clearTimeout(limit);
  if (hangs)
    return { flooded: undefined, problems: [`its host hangs, ${LIMIT_MILLISECONDS / 1000} s after its start`] };
  if (said === '') return { flooded: undefined, problems: [`its host has ended: ${errors.slice(0, 1000)}`] };
  const flooded = JSON.parse(said) as Flooded;
  return { flooded, problems: problemsOf(kind, flooded) };
}

function problemsOf(
  kind: string,
  { outcome, message, wrong, obeyed, longestText, closing }: Flooded,
): readonly string[] {
  const { outcomes = [], says = /^/ } = FLOODS[kind] ?? {};
  return [
    ...wrong.map((problem) => `its neighbour: ${problem}`),
    ...(outcomes.includes(outcome) ? [] : [`its call ended with ${outcome}, not ${outcomes.join(' or ')}: ${message}`]),
    ...(says.test(message) ? [] : [`its error does not say ${String(says)}: ${message}`]),
    ...obeyed.map((each) => `a terminal would obey ${JSON.stringify(each)}`),
    ...(closing > CLOSING_MILLISECONDS ? [`closing its host took ${Math.round(closing)} ms`] : []),
    ...(longestText > MOST_CHARACTERS ? [`a text of ${longestText} characters was passed on`] : []),
  ];
}

function table(felt: readonly Felt[], together: number): string {
  const rows = felt.map(({ kind, flooded }) => {
    if (flooded === undefined) return [kind, '-', '-', '-', '-', '-', 'its host has ended'];
    const { calls, stall, growth, outcome } = flooded;
    const { p99 } = summarize(calls);
    return [
      kind,
      worstOf(flooded).toFixed(0),
      p99.toFixed(1),
      stall.toFixed(0),
      String(calls.length),
      (growth / 2 ** 20).toFixed(0),
      outcome,
    ];
  });
  const head = ['flood', 'worst ms', 'p99 ms', 'stall ms', 'calls', 'grown MiB', 'its own call'];
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const lines = [head, ...rows].map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '));
  return [...lines.map((line) => line.trimEnd()), verdict(felt, together)].join('\n');
}

/** Judges the goal. A miss does not fail the run: a busy machine can't meet it. */
function verdict(felt: readonly Felt[], together: number): string {
  const goal = `a neighbour's worst call < ${WORST_CALL_MILLISECONDS} ms`;
  if (together > 1) return `${goal}: not judged, ${together} hosts ran at the same time`;
  const over = felt.filter(({ flooded }) => flooded === undefined || worstOf(flooded) >= WORST_CALL_MILLISECONDS);
  return over.length === 0 ? `${goal}: met` : `${goal}: missed in ${over.map(({ kind }) => kind).join(', ')}`;
}

function worstOf({ calls }: Flooded): number {
  return Math.max(...calls);
}
