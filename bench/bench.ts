// npm run bench [-- --only PARTS --peers --publish --json FILE]: every figure beside its floor, measured in the same run, in interleaved
// rounds. --only takes names of parts.ts. With --peers, which takes some minutes, other ways to call Python from Node stand beside it
// too. --publish writes all of that to docs/benchmarks.md, its charts and the README.
import { writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { PluginManager } from 'bulkhead';
import type { Figure } from './figure.ts';
import { benchFile } from './floor-process.ts';
import { type Idle, measureIdle } from './idle.ts';
import { type Part, partsNamed, type Surroundings } from './parts.ts';
import { type Comparison, comparePeers } from './peers/compare.ts';
import { publish } from './peers/publish.ts';
import { peersText } from './peers/page.ts';
import { figureLine, printFigures } from './print-figures.ts';
import { benchHome, withFinalCodec } from './surroundings.ts';

const { values: options } = parseArgs({
  options: {
    only: { type: 'string' },
    peers: { type: 'boolean' },
    json: { type: 'string' },
    publish: { type: 'boolean' },
  },
});
if (options.publish === true && (options.peers !== true || options.only !== undefined))
  throw new Error('--publish takes --peers as well, and not --only: it writes all tables');
const parts = partsNamed(options.only);
const failed: string[] = [];
const figures: Figure[] = [];
let peers: readonly Comparison[] = [];
let idle: readonly Idle[] = [];
let pythonVersion = '';

const home = await benchHome();
console.error(`codec of the plugins: ${await withFinalCodec(home)}`);
{
  await using manager = await PluginManager.open(benchFile('plugins.yaml'), { home });
  const { python } = (await manager.preparePlugin('echo')).runtime;
  if (python === undefined) throw new Error('the plugin has no Python');
  pythonVersion = python.version;
  await manager.startPlugin('echo');
  for (const part of parts) await measure(part, { home, manager, python: python.executable });
  if (options.peers === true) {
    await manager.close(); // its plugin would be one more process beside those that are measured
    console.error('peers …');
    idle = await measureIdle(home);
    peers = await comparePeers(python.executable, (text) => console.error(text));
  }
}

printFigures(figures);
const measured = { figures, peers, idle, python: pythonVersion };
if (options.peers === true) console.log(`\n${peersText(measured)}`);
if (options.json !== undefined) {
  const [cpu] = cpus();
  const machine = { node: process.version, cpu: cpu?.model, cores: cpus().length, date: new Date().toISOString() };
  const kept = options.peers === true ? { machine, figures, peers, idle } : { machine, figures };
  await writeFile(options.json, `${JSON.stringify(kept, undefined, 2)}\n`);
}
if (failed.length > 0) {
  console.error(`failed: ${failed.join(', ')}${options.publish === true ? '; nothing is published' : ''}`);
  process.exitCode = 1;
} else if (options.publish === true) console.log(`\nwrote ${(await publish(measured)).join(', ')}`);

/** A part that fails costs its own rows, not the minutes that the others took. */
async function measure({ name, measure: run }: Part, surroundings: Surroundings): Promise<void> {
  console.error(`${name} …`);
  try {
    const result = await run(surroundings);
    if (typeof result === 'string') {
      console.error(`  not measured: ${result}`);
      return;
    }
    for (const figure of result) console.error(figureLine(figure));
    figures.push(...result);
  } catch (error) {
    console.error(error);
    failed.push(name);
  }
}
