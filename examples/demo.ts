// One program, one process, four plugins that could never share an environment: each is made ready, started and called
// concurrently, and what one returns is fed into another.
//
//     npm run demo             what each saw, the report they made together, and what each step took
//     npm run demo -- --json   the same as one JSON document
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { isBulkheadError, PluginManager, type ProgressEvent } from 'bulkhead';
import { cachedCall, contendedLock, hookChain } from './around-a-call.ts';
import { tracedPicture } from './in-a-container.ts';
import { writtenPage } from './in-two-languages.ts';
import { printError, printReport, type DemoReport, type PluginReport } from './report.ts';

const here = new URL(import.meta.url.endsWith('/dist/demo.js') ? '../' : './', import.meta.url);
const WARM_CALLS = 25;

interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly Readonly<Record<string, unknown>>[];
}
type Analysis = Pick<DemoReport['results'], 'text' | 'climate' | 'penguins' | 'report'>;
type Records = readonly Readonly<Record<string, unknown>>[];

async function main(asJson: boolean): Promise<DemoReport> {
  const began = performance.now();
  await using manager = await PluginManager.open(fileURLToPath(new URL('plugins.yaml', here)));
  const ids = manager.plugins().map(({ id }) => id);
  const progress = (event: ProgressEvent): void => console.error(`  ${event.plugin.padEnd(18)} ${event.message}`);
  const sink = asJson ? () => {} : progress;
  const plugins = await Promise.all(ids.map((id) => makeReady(manager, id, sink)));
  const results = await work(manager);
  const picture = await tracedPicture(fileURLToPath(new URL('containers/plugins.yaml', here)), sink);
  const book = await data('alice.txt');
  const page = await writtenPage(fileURLToPath(new URL('languages/plugins.yaml', here)), book.slice(0, 4_000));
  return { plugins, results: { ...results, picture, page }, total_ms: round(performance.now() - began) };
}

/** Environment, start, first call, warm calls: each measured by itself. */
async function makeReady(
  manager: PluginManager,
  id: string,
  progress: (event: ProgressEvent) => void,
): Promise<PluginReport> {
  const environment = await manager.preparePlugin(id, progress);
  await manager.startPlugin(id);
  const firstCall = performance.now();
  const versions = (await manager.executePlugin(id, null, { action: 'versions' })) as Record<string, string | null>;
  const first = performance.now() - firstCall;
  const { python, ...packages } = versions;
  return {
    id,
    python: python ?? '',
    packages,
    timings_ms: {
      environment: round(environment.duration),
      start: round(manager.plugins().find((plugin) => plugin.id === id)?.timings.start ?? 0),
      first_call: round(first),
      warm_p50: round(await warmMedian(manager, id)),
    },
  };
}

async function warmMedian(manager: PluginManager, id: string): Promise<number> {
  const durations: number[] = [];
  for (let call = 0; call < WARM_CALLS; call += 1) {
    const start = performance.now();
    await manager.executePlugin(id, null, { action: 'versions' });
    durations.push(performance.now() - start);
  }
  durations.sort((a, b) => a - b);
  return durations[WARM_CALLS >> 1] ?? 0;
}

async function work(manager: PluginManager): Promise<Omit<DemoReport['results'], 'picture' | 'page'>> {
  const results = await analyse(manager);
  const book = await data('alice.txt');
  return {
    ...results,
    hooks: await hookChain(manager, book.slice(0, 4_000)),
    lock: await contendedLock(manager, [JSON.stringify(results.penguins.summary), results.report.text]),
    cache: await cachedCall(manager, book),
  };
}

/** The main job: book, penguins and carbon dioxide become tables, and the tables one report. */
async function analyse(manager: PluginManager): Promise<Analysis> {
  const [book, penguins] = await Promise.all([data('alice.txt'), data('penguins.csv')]);
  const [text, climate, birds] = await Promise.all([
    manager.executePlugin('text_analyzer', { text: book, top: 8 }) as Promise<DemoReport['results']['text']>,
    manager.executePlugin('trend_forecaster', { months: 12, holdout: 24 }) as Promise<DemoReport['results']['climate']>,
    manager.executePlugin('data_transformer', {
      csv: penguins,
      group_by: ['species', 'sex'],
      measures: ['body_mass_g', 'flipper_length_mm'],
    }) as Promise<DemoReport['results']['penguins']>,
  ]);
  const months: Records = [...climate.history, ...climate.forecast];
  const [moods, years] = await Promise.all([
    manager.executePlugin('data_transformer', {
      csv: text.chapters,
      group_by: ['mood'],
      measures: ['words', 'flesch_reading_ease'],
    }) as Promise<{ summary: Table }>,
    manager.executePlugin(
      'data_transformer',
      { records: months, index: 'year', columns: 'month', values: 'value' },
      { action: 'pivot' },
    ) as Promise<Table>,
  ]);
  const report = (await manager.executePlugin('legacy_reporter', {
    title: 'Three data sets, four plugins',
    sections: [
      { heading: 'Penguins by species and sex', table: birds.summary, total: ['count'] },
      { heading: 'Chapters of Alice by mood', table: moods.summary, total: ['count'] },
      { heading: 'Carbon dioxide by month (ppm), forecast for 2002', table: years },
    ],
  })) as DemoReport['results']['report'];
  return { text, climate, penguins: birds, report };
}

async function data(name: string): Promise<string> {
  return await readFile(new URL(`data/${name}`, here), 'utf8');
}

function round(milliseconds: number): number {
  return Math.round(milliseconds * 1000) / 1000;
}

const asJson = process.argv.includes('--json');
try {
  const report = await main(asJson);
  if (asJson) console.log(JSON.stringify(report, undefined, 2));
  else printReport(report);
} catch (error) {
  printError(error);
  process.exitCode = isBulkheadError(error) && error.blame === 'environment' ? 3 : 1;
}
