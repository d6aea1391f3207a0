import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Arena } from './arena.ts';
import { builtCheck, writeBuiltPlugin } from './built-plugin.ts';
import type { Fault } from './faults.ts';
import type { ChaosHome } from './home.ts';
import type { Random } from './random.ts';
import type { Counts, Tally } from './tally.ts';

const PROGRAM = fileURLToPath(new URL('other-host.js', import.meta.url));
const BUILD_SECONDS = 0.3;

/**
 * Kills another host on the same home at random moments (in its start, during calls, while it builds an environment) and starts
 * it again. The environment that it leaves half-built must then work in this host.
 */
export function hostKilled(home: ChaosHome): Fault {
  return async (arena, random) => {
    while (!arena.isOver) {
      const number = random.integer(1, 1e9);
      const folder = await writeBuiltPlugin(home.folder, number, BUILD_SECONDS);
      const host = startHost(home, random, folder, number);
      const counted = lastCounts(host);
      await arena.pause(random.integer(100, 2500));
      if (arena.isOver) host.stdin?.end();
      else {
        host.kill('SIGKILL');
        arena.tally.fault('other host killed');
      }
      await once(host, 'close');
      take(await counted, arena.tally);
      if (!arena.isOver) await useHalfBuilt(arena, folder, number);
    }
  };
}

async function useHalfBuilt(arena: Arena, folder: string, number: number): Promise<void> {
  arena.tally.fault('half-built environment');
  const id = await arena.manager.loadPlugin(folder).catch((error: unknown) => {
    if (!arena.isOver) throw error;
  });
  if (id !== undefined) await arena.attempt(id, builtCheck(number));
}

function startHost(home: ChaosHome, random: Random, folder: string, number: number): ChildProcess {
  const { home: state, variables } = home.options();
  const parameters = [PROGRAM, state ?? '', String(random.integer(1, 2 ** 31)), folder, String(number)];
  return spawn(process.execPath, parameters, { stdio: ['pipe', 'pipe', 'inherit'], env: variables });
}

/** The last complete counts of the other host: a kill cuts off its last line, and its calls. */
async function lastCounts(host: ChildProcess): Promise<Counts | undefined> {
  let last: Counts | undefined;
  for await (const line of createInterface({ input: host.stdout as NonNullable<typeof host.stdout> })) {
    if (line.endsWith('}')) last = JSON.parse(line) as Counts;
  }
  return last;
}

function take(counts: Counts | undefined, tally: Tally): void {
  if (counts === undefined) return;
  tally.counts.verified += counts.verified;
  tally.counts.lost.push(...counts.lost.map((text) => `other host: ${text}`));
  tally.counts.wrong.push(...counts.wrong.map((text) => `other host: ${text}`));
}
