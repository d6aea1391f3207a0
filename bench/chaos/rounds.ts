import { join } from 'node:path';
import { PluginManager } from 'bulkhead';
import { type Cast, castOf } from './cast.ts';
import { type Fault, FAULTS } from './faults.ts';
import { fullDisk, SmallDisk } from './full-disk.ts';
import type { ChaosHome } from './home.ts';
import { hostKilled } from './host-killed.ts';
import { holdings, leftovers } from './leftovers.ts';
import { Random } from './random.ts';
import { REGISTRY, round } from './round.ts';
import type { Tally } from './tally.ts';

/** Each round ends with a check of what is left, and resets the delays between restarts. */
const ROUND_MILLISECONDS = 6_000;
/** Rounds beyond the given time, for kinds of faults that have found no victim yet, or have cost no call. */
const MOST_LATE_ROUNDS = 8;
/** Late rounds grow up to this multiple: on a busy machine plugins may not even have started within a usual one. */
const LONGEST_MULTIPLE = 8;
/** Failures that some calls must meet if the faults are real. */
const COSTS = ['PLUGIN_CRASHED', 'PLUGIN_RAISED', 'CALL_CANCELLED', 'CALL_TIMEOUT'];
/** The kinds of faults that the stories inject. */
const STORIES = ['other host killed', 'half-built environment', 'disk full'];

/** Injects faults around callers that verify every answer, for `seconds` and until each kind has had its turn. */
export async function faultRounds(home: ChaosHome, tally: Tally, seconds: number, seed: number): Promise<void> {
  await using disk = await smallDisk(home, tally);
  const stories: readonly Fault[] = [hostKilled(home), ...(disk === undefined ? [] : [fullDisk(home, disk)])];
  const cast = await prepare(home, tally);
  const before = holdings();
  const random = new Random(seed);
  const end = performance.now() + seconds * 1000;
  let late = 0;
  do {
    const rest = Math.max(1000, Math.min(ROUND_MILLISECONDS, end - performance.now()));
    const milliseconds = late === 0 ? rest : ROUND_MILLISECONDS * Math.min(2 ** (late - 1), LONGEST_MULTIPLE);
    await round({ manager: home.options(), cast, milliseconds, tally, random: random.fork(), stories });
    tally.counts.left.push(...(await leftovers(before, home.folder)));
    if (performance.now() >= end) late += 1;
  } while (tally.isClean && (late === 0 || (late <= MOST_LATE_ROUNDS && neverHappened(tally).length > 0)));
  const never = neverHappened(tally);
  if (never.length > 0) tally.counts.wrong.push(`never happened: ${never.join(', ')}`);
}

function neverHappened({ counts: { faults, skipped, failed } }: Tally): readonly string[] {
  const kinds = [...Object.keys(FAULTS), ...STORIES].filter((kind) => !(kind in faults) && !(kind in skipped));
  return [...kinds, ...COSTS.filter((code) => !(code in failed))];
}

async function smallDisk(home: ChaosHome, tally: Tally): Promise<SmallDisk | undefined> {
  try {
    return await SmallDisk.mount(join(home.folder, 'disk'));
  } catch (error) {
    tally.skip('disk full', (error as Error).message);
    return undefined;
  }
}

/** Calls each plugin twice, so that environments and lazily opened descriptors exist before they are counted. Answers who takes part. */
async function prepare(home: ChaosHome, tally: Tally): Promise<Cast> {
  await using manager = await PluginManager.open(REGISTRY, home.options());
  const cast = await castOf(manager, tally);
  const all = [...cast.calm, ...cast.prey];
  await Promise.all(all.map((id) => manager.executePlugin(id)));
  await Promise.all(all.map((id) => manager.executePlugin(id)));
  return cast;
}
