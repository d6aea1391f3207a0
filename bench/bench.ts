// npm run bench [-- --peers --publish --json FILE]: every figure beside its floor, measured in the same run, in interleaved rounds.
// With --peers, which takes some minutes, other ways to call Python from Node stand beside it too. --publish writes all of that to
// docs/benchmarks.md, its charts and the README.
import { writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { PluginManager } from 'bulkhead';
import { cache } from './cache.ts';
import { coldShell } from './cold-shell.ts';
import { concurrency } from './concurrency.ts';
import { conflicts } from './conflicts.ts';
import { containers } from './containers.ts';
import { environment } from './environment.ts';
import { describeGoal, type Figure } from './figure.ts';
import { benchFile } from './floor-process.ts';
import { forks } from './fork.ts';
import { betweenWires } from './between-wires.ts';
import { hooks } from './hooks.ts';
import { type Idle, idleHost, measureIdle } from './idle.ts';
import { pluginHooks } from './plugin-hooks.ts';
import { inFlight } from './in-flight.ts';
import { largeData } from './large-data.ts';
import { type Comparison, comparePeers } from './peers/compare.ts';
import { publish } from './peers/publish.ts';
import { peersText } from './peers/page.ts';
import { manyCalls } from './many-calls.ts';
import { noSlope } from './no-slope.ts';
import { resources } from './resources.ts';
import { sandbox } from './sandbox.ts';
import { scale } from './scale.ts';
import { start } from './start.ts';
import { benchHome, findUv, withFinalCodec } from './surroundings.ts';
import { threads } from './threads.ts';
import { warmCall } from './warm-call.ts';
import { wires } from './wires.ts';

const { values: options } = parseArgs({
  options: { peers: { type: 'boolean' }, json: { type: 'string' }, publish: { type: 'boolean' } },
});
if (options.publish === true && options.peers !== true)
  throw new Error('--publish takes --peers as well: it writes all tables');
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
  console.error('warm calls …');
  figures.push(await warmCall(manager, python.executable));
  console.error('other wires …');
  figures.push(...(await wires(home)), ...(await betweenWires(home)));
  console.error('calls in flight …');
  figures.push(...(await inFlight(manager, python.executable)));
  console.error('many calls …');
  figures.push(...(await manyCalls(home, python.executable)));
  console.error('several calls at once …');
  figures.push(await concurrency(manager));
  console.error('large data …');
  figures.push(...(await largeData(manager, python.executable)));
  console.error('starts …');
  figures.push(await start(home, python.executable));
  console.error('cold shells …');
  figures.push(...(await coldShell(home, python.executable)));
  console.error('forks …');
  figures.push(...(await forks(home)));
  console.error('threads …');
  figures.push(...(await threads(home)));
  console.error('sandboxes …');
  figures.push(...(await sandbox(home)));
  console.error('containers …');
  const contained = await containers(home);
  if (typeof contained === 'string') console.error(`containers are not measured: ${contained}`);
  else figures.push(...contained);
  console.error('environments …');
  figures.push(...(await environment(await findUv(home), python.executable)));
  console.error('around a call …');
  figures.push(...(await resources()), ...(await cache(manager)), ...(await hooks()), ...(await pluginHooks(home)));
  console.error('a thousand plugins …');
  figures.push(...(await scale(home)));
  console.error('idle plugins …');
  figures.push(await idleHost(home));
  console.error('a million calls …');
  figures.push(...(await noSlope(home)));
  console.error('conflicts …');
  figures.push(...(await conflicts()));
  if (options.peers === true) {
    await manager.close(); // its plugin would be one more process beside those that are measured
    console.error('peers …');
    idle = await measureIdle(home);
    peers = await comparePeers(python.executable, (text) => console.error(text));
  }
}

print(figures);
const measured = { figures, peers, idle, python: pythonVersion };
if (options.peers === true) console.log(`\n${peersText(measured)}`);
if (options.publish === true) console.log(`\nwrote ${(await publish(measured)).join(', ')}`);
if (options.json !== undefined) {
  const [cpu] = cpus();
  const machine = { node: process.version, cpu: cpu?.model, cores: cpus().length, date: new Date().toISOString() };
  const kept = options.peers === true ? { machine, figures, peers, idle } : { machine, figures };
  await writeFile(options.json, `${JSON.stringify(kept, undefined, 2)}\n`);
}

function print(all: readonly Figure[]): void {
  const rows = all.map((figure) => [
    figure.name,
    format(figure.value),
    describeGoal(figure, format) || '-',
    `${format(figure.ours.p50)} / ${format(figure.ours.p99)}`,
    figure.floor === undefined ? '-' : `${format(figure.floor.p50)} / ${format(figure.floor.p99)}`,
  ]);
  const table = [['figure', 'value', 'goal', 'ours p50 / p99', 'floor p50 / p99'], ...rows];
  const widths = table[0]?.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0))) ?? [];
  for (const row of table)
    console.log(
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    );
  console.log();
  for (const { name, what } of all) console.log(`${name}: ${what}`);
}

function format(value: number): string {
  return value >= 1000 ? String(Math.round(value)) : value.toFixed(value >= 100 ? 1 : 2);
}
