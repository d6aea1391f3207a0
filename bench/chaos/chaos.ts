// npm run chaos [-- --seconds N --seed S --floods all|none|KIND,... --together N --brief]: callers verify every answer while faults are
// injected around them. Then a hostile plugin makes each of its attacks while another plugin, its neighbour, is called and timed.
import { floodHosts } from './flooding.ts';
import { ChaosHome } from './home.ts';
import { readOptions } from './options.ts';
import { report } from './report.ts';
import { faultRounds } from './rounds.ts';
import { Tally } from './tally.ts';

const options = readOptions();
const { seconds, seed } = options;
console.log(`chaos: ${seconds} s, seed ${seed}`);
const tally = new Tally();
{
  await using home = await ChaosHome.make();
  if (seconds > 0) await faultRounds(home, tally, seconds, seed);
  if (options.floods.length > 0) console.log(await floodHosts(home, tally, options));
}
console.log(report(tally));
process.exitCode = tally.isClean ? 0 : 1;
endByItself();

/** Nothing may keep this process alive: names what does, and exits. */
function endByItself(): void {
  setTimeout(() => {
    console.log(`NOT WELL: kept alive by ${process.getActiveResourcesInfo().join(', ')}`);
    process.exit(1);
  }, 5_000).unref();
}
