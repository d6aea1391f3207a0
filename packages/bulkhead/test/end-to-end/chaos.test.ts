import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { cannotRun, onlyOnLinux } from '../not-run.ts';

/** The worst call of the neighbour in milliseconds, the 99th percentile, the longest stall, the calls … */
const FLOOD = /^[a-z_]+ +\d+ +\d+\.\d +\d+ +[1-9]\d* +\d+ +\w+$/;
const PROGRAM = fileURLToPath(new URL('../../../../bench/dist/chaos/chaos.js', import.meta.url));
const KINDS = [
  'killed',
  'stopped',
  'template killed',
  'template stopped',
  'exited by itself',
  'faulted by itself',
  'deaf to cancel',
  'raised',
  'memory exhausted',
  'flooded',
  'left a child',
  'aborted',
  'timed out',
  'reloaded',
  'host blocked',
  'other host killed',
  'half-built environment',
];
/** What the faults above must have cost some of the calls, if they were real. */
const COSTS = ['PLUGIN_CRASHED', 'PLUGIN_RAISED', 'CALL_CANCELLED', 'CALL_TIMEOUT'];

/** One of each family; long runs have all. */
const SOME_FLOODS = [
  'nothing',
  'empty_frames',
  'empty_typed_arrays',
  'many_keys',
  'deep',
  'long_result',
  'drips',
  'terminal_codes',
  'endless_logs',
  'endless_progress',
  'output_lines',
  'host_calls',
  'acquires',
  'chunks_without_credit',
  'half_closes',
  'closes_control',
  'dies_in_a_frame',
  'garbage_on_data',
  'endless_frame',
  'many_large_bodies',
  'large_ready',
  'calls_before_it_is_ready',
  'four_large_answers',
  'leaves_children',
];
const isLong = process.env['BULKHEAD_TEST_LONG'] === '1';
const FLOODS = isLong ? 'all' : SOME_FLOODS.join(',');

/** Runs `npm run chaos` with these options. */
async function chaos(...options: string[]): Promise<{ report: string; exitCode: number | null }> {
  const program = spawn(process.execPath, [PROGRAM, ...options], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [report] = await Promise.all([text(program.stdout), once(program, 'exit')]);
  return { report, exitCode: program.exitCode };
}

describe('whatever happens to plugins and hosts', onlyOnLinux('what is left behind is counted in /proc'), () => {
  let report: string;
  let exitCode: number | null;

  beforeAll(async () => {
    ({ report, exitCode } = await chaos('--seconds', '12', '--seed', '4', '--floods', 'none'));
  }, 600_000);

  test('every call is answered rightly or fails with a reason, and nothing is left', () => {
    expect(report, report).toMatch(
      /calls verified +[1-9]\d*[^]*lost 0, wrong 0, orphans 0, otherwise left 0\nall is well\n$/,
    );
    expect(exitCode, report).toBe(0);
  });

  test.each(KINDS)('%s: it did happen', (kind) => {
    expect(countIn('faults injected', kind), report).toBeGreaterThan(0);
  });

  test('disk full: it did happen', (context) => {
    const reason = /^skipped +disk full: (.*)$/m.exec(report)?.[1];
    if (reason !== undefined) cannotRun(context, reason);
    expect(countIn('faults injected', 'disk full'), report).toBeGreaterThan(0);
  });

  test('plugins over every wire took part, and nothing was skipped but the full disk', () => {
    const skipped = [...report.matchAll(/^skipped +(.*?):/gm)].map(([, kind]) => kind);
    expect(skipped.filter((kind) => kind !== 'disk full')).toEqual([]);
  });

  test.each(COSTS)('some calls failed with %s', (code) => {
    expect(countIn('failed with reason', code), report).toBeGreaterThan(0);
  });

  /** How often something stands in a line of the report, such as `faults injected     3: killed 2, stopped 1`. */
  function countIn(line: string, name: string): number {
    const counts = new RegExp(`^${line}.*: (.*)$`, 'm').exec(report)?.[1] ?? '';
    const found = counts.split(', ').find((each) => each.startsWith(`${name} `));
    return Number(found?.slice(name.length + 1) ?? 0);
  }
});

test(
  'a plugin that floods its host ends neither that nor a call of its neighbour, and is told what it did',
  { ...onlyOnLinux('memory and processes are read from /proc'), timeout: 600_000 },
  async () => {
    const options = ['--seconds', '0', '--floods', FLOODS, '--together', '3', '--brief'];
    const { report, exitCode } = await chaos(...options);
    expect(report, report).toMatch(
      /calls verified +[1-9]\d*[^]*lost 0, wrong 0, orphans 0, otherwise left 0\nall is well\n$/,
    );
    expect(exitCode, report).toBe(0);
    // each flood has a line, also the one that is none
    expect(report.split('\n').filter((line) => FLOOD.test(line)).length, report).toBeGreaterThan(
      isLong ? 60 : SOME_FLOODS.length - 2,
    );
  },
);
