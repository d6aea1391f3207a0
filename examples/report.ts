import { isBulkheadError } from 'bulkhead';
import type { CacheResult, HookResult, LockResult } from './around-a-call.ts';
import type { PictureResult } from './in-a-container.ts';
import type { PageResult } from './in-two-languages.ts';

export interface PluginReport {
  readonly id: string;
  readonly python: string;
  readonly packages: Readonly<Record<string, string | null>>;
  readonly timings_ms: {
    readonly environment: number;
    readonly start: number;
    readonly first_call: number;
    readonly warm_p50: number;
  };
}

interface MonthRecord {
  readonly [field: string]: unknown;
  readonly year: number;
  readonly month: number;
  readonly value: number;
}

export interface DemoReport {
  readonly plugins: readonly PluginReport[];
  readonly results: {
    readonly text: {
      readonly words: number;
      readonly flesch_reading_ease: number;
      readonly keywords: readonly { readonly keyword: string; readonly score: number }[];
      readonly chapters: readonly Readonly<Record<string, unknown>>[];
    };
    readonly climate: {
      readonly first: string;
      readonly last: string;
      readonly history: readonly MonthRecord[];
      readonly forecast: readonly MonthRecord[];
      readonly test: { readonly months: number; readonly mape: number; readonly naive_mape: number };
    };
    readonly penguins: { readonly rows_read: number; readonly rows_kept: number; readonly summary: unknown };
    readonly report: { readonly text: string; readonly markdown: string };
    readonly hooks: HookResult;
    readonly lock: LockResult;
    readonly cache: CacheResult;
    readonly picture: PictureResult;
    readonly page: PageResult;
  };
  readonly total_ms: number;
}

/** For a person to read, on standard output. */
export function printReport({ plugins, results, total_ms: total }: DemoReport): void {
  console.log('\nWhat each plugin saw and took (milliseconds)\n');
  const head = ['plugin', 'python', 'numpy', 'pandas', 'environment', 'start', 'first call', 'warm p50'];
  const rows = plugins.map(({ id, python, packages, timings_ms: took }) => [
    id,
    python,
    packages['numpy'] ?? '-',
    packages['pandas'] ?? '-',
    took.environment.toFixed(1),
    took.start.toFixed(1),
    took.first_call.toFixed(2),
    took.warm_p50.toFixed(2),
  ]);
  printTable([head, ...rows]);
  const { text, climate, penguins, report, hooks, lock, cache, picture, page } = results;
  console.log(
    `\nBook: ${text.words} words, reading ease ${text.flesch_reading_ease}; keywords: ${text.keywords.map(({ keyword }) => keyword).join(', ')}`,
  );
  console.log(
    `Carbon dioxide: ${climate.first} to ${climate.last}; the last ${climate.test.months} months forecast with an error of ${climate.test.mape} % (repeating the year before: ${climate.test.naive_mape} %)`,
  );
  console.log(`Penguins: ${penguins.rows_kept} of ${penguins.rows_read} rows kept\n`);
  console.log(report.text);
  console.log('Notes, by a chain of hooks in three plugins');
  for (const note of hooks.notes) console.log(`  ${note}`);
  for (const { hook, milliseconds } of hooks.steps) console.log(`    ${hook} ${milliseconds.toFixed(2)} ms`);
  console.log(
    `\nArchive: held by ${lock.held_by} for ${lock.held_ms.toFixed(1)} ms, while ${lock.waited.join(' and ')} waited; then ${lock.tokens.length} wrote, one after the other.`,
  );
  console.log(
    `Keywords: ${cache.first_ms.toFixed(1)} ms by the plugin, ${cache.second_ms.toFixed(3)} ms when asked for again.`,
  );
  console.log(pictureLine(picture));
  console.log(
    `Page: a plugin on Node ${page.node} wrote a table of the words that one on Python ${page.python} counted for it: ${page.html}`,
  );
  console.log(`\nAll of it in ${(total / 1000).toFixed(2)} s.`);
}

function pictureLine(picture: PictureResult): string {
  if ('not_run' in picture) return `Picture: not drawn, as that takes a container. ${picture.not_run}`;
  const { paths, potrace, traced_ms: took, file } = picture;
  return `Picture: ${paths} shapes by potrace ${potrace} in a container, in ${took.toFixed(0)} ms: ${file}`;
}

function printTable(rows: readonly (readonly string[])[]): void {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  for (const row of rows) {
    const cells = row.map((cell, column) =>
      column < 2 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
    );
    console.log(`  ${cells.join('  ')}`.trimEnd());
  }
}

/** What happened, what to do, and what the plugin said of it. */
export function printError(error: unknown): void {
  if (!isBulkheadError(error)) {
    console.error(error);
    return;
  }
  console.error(`\n${error.message}\n${error.advice}`);
  const { remoteTraceback, lastLines = [] } = error.context;
  if (remoteTraceback !== undefined) console.error(`\n${remoteTraceback}`);
  for (const line of lastLines) console.error(`  | ${line}`);
}
