// npm run chaos [-- --seconds N --seed S]: callers verify every answer while faults are injected around them.
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { PluginManager } from 'bulkhead';
import type { Fault } from './faults.ts';
import { fullDisk, SmallDisk } from './full-disk.ts';
import { ChaosHome } from './home.ts';
import { hostKilled } from './host-killed.ts';
import { holdings, leftovers } from './leftovers.ts';
import { Random } from './random.ts';
import { report } from './report.ts';
import { REGISTRY, round } from './round.ts';
import { Tally } from './tally.ts';

/** After each, everything has to be gone; and the delays between restarts begin anew. */
const ROUND_MILLISECONDS = 6_000;

const { seconds, seed } = readOptions();
console.log(`chaos: ${seconds} s, seed ${seed}`);
const tally = new Tally();
{
  await using home = await ChaosHome.make();
  await using disk = await smallDisk(home);
  const stories: readonly Fault[] = [hostKilled(home), ...(disk === undefined ? [] : [fullDisk(home, disk)])];
  await prepare(home);
  const before = holdings();
  const random = new Random(seed);
  const end = performance.now() + seconds * 1000;
  do {
    const milliseconds = Math.max(1000, Math.min(ROUND_MILLISECONDS, end - performance.now()));
    await round({ manager: home.options(), milliseconds, tally, random: random.fork(), stories });
    tally.counts.left.push(...(await leftovers(before, home.folder)));
  } while (performance.now() < end && tally.isClean);
}
console.log(report(tally));
process.exitCode = tally.isClean ? 0 : 1;
endByItself();

function readOptions(): { seconds: number; seed: number } {
  const { values } = parseArgs({ options: { seconds: { type: 'string' }, seed: { type: 'string' } } });
  const seconds = Number(values.seconds ?? 60);
  const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
  if (!(seconds > 0) || !Number.isInteger(seed)) throw new Error('usage: npm run chaos [-- --seconds N --seed S]');
  return { seconds, seed };
}

async function smallDisk(home: ChaosHome): Promise<SmallDisk | undefined> {
  try {
    return await SmallDisk.mount(join(home.folder, 'disk'));
  } catch (error) {
    tally.skip('disk full', (error as Error).message);
    return undefined;
  }
}

/** One start of each: what is made once, such as an environment and lazily opened descriptors, is there before it is counted. */
async function prepare(home: ChaosHome): Promise<void> {
  await using manager = await PluginManager.open(REGISTRY, home.options());
  await Promise.all(manager.plugins().map(({ id }) => manager.executePlugin(id)));
}

/** Nothing may keep the process alive. What does is named, and ended. */
function endByItself(): void {
  setTimeout(() => {
    console.log(`NOT WELL: kept alive by ${process.getActiveResourcesInfo().join(', ')}`);
    process.exit(1);
  }, 5_000).unref();
}
