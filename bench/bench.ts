// npm run bench [-- --json FILE]: every figure beside its floor, measured in the same run, in interleaved rounds.
import { writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { PluginManager } from 'bulkhead';
import { environment } from './environment.ts';
import { type Figure, isMet } from './figure.ts';
import { benchFile } from './floor-process.ts';
import { inFlight } from './in-flight.ts';
import { largeData } from './large-data.ts';
import { start } from './start.ts';
import { benchHome, findUv } from './surroundings.ts';
import { warmCall } from './warm-call.ts';

const jsonFile = process.argv.includes('--json') ? process.argv[process.argv.indexOf('--json') + 1] : undefined;
const figures: Figure[] = [];

const home = await benchHome();
{
  await using manager = await PluginManager.open(benchFile('plugins.yaml'), { home });
  const { python } = await manager.preparePlugin('echo');
  await manager.startPlugin('echo');
  console.error('warm calls …');
  figures.push(await warmCall(manager, python.executable));
  console.error('calls in flight …');
  figures.push(...(await inFlight(manager, python.executable)));
  console.error('large data …');
  figures.push(...(await largeData(manager, python.executable)));
  console.error('starts …');
  figures.push(await start(home, python.executable));
  console.error('environments …');
  figures.push(...(await environment(await findUv(home), python.executable)));
}

print(figures);
if (jsonFile !== undefined) {
  const [cpu] = cpus();
  const machine = { node: process.version, cpu: cpu?.model, cores: cpus().length, date: new Date().toISOString() };
  await writeFile(jsonFile, `${JSON.stringify({ machine, figures }, undefined, 2)}\n`);
}

function print(all: readonly Figure[]): void {
  const rows = all.map((figure) => [
    figure.name,
    format(figure.value),
    goalOf(figure),
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

function goalOf(figure: Figure): string {
  if (figure.goal === undefined) return '-';
  const { atMost, atLeast } = figure.goal;
  const bound = atMost === undefined ? `>= ${format(atLeast ?? 0)}` : `<= ${format(atMost)}`;
  return `${bound} ${isMet(figure) === true ? 'met' : 'MISSED'}`;
}

function format(value: number): string {
  return value >= 1000 ? String(Math.round(value)) : value.toFixed(value >= 100 ? 1 : 2);
}
