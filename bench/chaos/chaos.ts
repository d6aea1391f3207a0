// npm run chaos [-- --seconds N --seed S --floods all|none|KIND,... --together N]: callers verify every answer while faults are
// injected around them; then a hostile plugin makes each of its attacks, and a neighbour that is called meanwhile tells what it felt.
import { floodHosts } from './flooding.ts';
import { ChaosHome } from './home.ts';
import { readOptions } from './options.ts';
import { report } from './report.ts';
import { faultRounds } from './rounds.ts';
import { Tally } from './tally.ts';

const { seconds, seed, floods, together } = readOptions();
console.log(`chaos: ${seconds} s, seed ${seed}`);
const tally = new Tally();
{
  await using home = await ChaosHome.make();
  if (seconds > 0) await faultRounds(home, tally, seconds, seed);
  if (floods.length > 0) console.log(await floodHosts(home, tally, floods, together));
}
console.log(report(tally));
process.exitCode = tally.isClean ? 0 : 1;
endByItself();

/** Nothing may keep the process alive. What does is named, and ended. */
function endByItself(): void {
  setTimeout(() => {
    console.log(`NOT WELL: kept alive by ${process.getActiveResourcesInfo().join(', ')}`);
    process.exit(1);
  }, 5_000).unref();
}
