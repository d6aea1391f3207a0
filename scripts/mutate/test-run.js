// Runs tests in the copy, ends them in time, and leaves nothing of them behind.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/**
 * @typedef {object} TestRun
 * @property {'passed' | 'failed' | 'timed out'} outcome
 * @property {readonly {file: string, test: string}[]} failures
 */

/**
 * @param {string} copy
 * @param {readonly string[]} files relative to `copy`
 * @param {{seconds: number, bail: boolean}} options
 * @returns {Promise<TestRun>}
 */
export async function runTests(copy, files, { seconds, bail }) {
  // where vitest.config.ts puts it
  const report = join(copy, '.cache', 'vitest.json');
  rmSync(report, { force: true });
  const parameters = ['run', ...files, '--maxWorkers=2'];
  const { timedOut, status } = await runLimited(
    copy,
    [join(copy, 'node_modules', '.bin', 'vitest'), ...parameters, ...(bail ? ['--bail=1'] : [])],
    seconds,
  );
  if (timedOut) return { outcome: 'timed out', failures: [] };
  const failures = failuresIn(copy, report);
  if (status === 0) return { outcome: 'passed', failures };
  return {
    outcome: 'failed',
    failures: failures.length > 0 ? failures : [{ file: '', test: 'the run itself failed' }],
  };
}

/** Whether the sources of the copy compile; its built files are then those of the change. @param {string} copy */
export async function compiles(copy) {
  const compiler = join(copy, 'node_modules', '.bin', 'tsc');
  const { status } = await runLimited(copy, [compiler, '--build', 'packages/bulkhead', 'packages/protocol'], 120);
  return status === 0;
}

/** The first process of what runs now. @type {number | undefined} */
let running;

/** Ends what runs now, and all that came of it. @param {string} copy */
export function endAll(copy) {
  endGroup(running);
  endLeftovers(copy);
}

/** @param {string} copy @param {readonly string[]} command @param {number} seconds */
async function runLimited(copy, [file = '', ...parameters], seconds) {
  const child = spawn(file, parameters, { cwd: copy, stdio: 'ignore', detached: true });
  running = child.pid;
  let timedOut = false;
  const limit = setTimeout(() => {
    timedOut = true;
    endGroup(child.pid);
  }, seconds * 1000);
  const [status] = /** @type {[number | null]} */ (await once(child, 'exit'));
  clearTimeout(limit);
  endAll(copy);
  running = undefined;
  return { status, timedOut };
}

/** @param {number | undefined} pid of the group's first process */
function endGroup(pid) {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // it has ended by itself
  }
}

/**
 * Plugins have groups of their own: what still runs in the copy, or from it, is ended by its id. Only where there is /proc: on
 * macOS a change that keeps plugins alive leaves them to be found by hand.
 *
 * @param {string} copy
 */
export function endLeftovers(copy) {
  if (!existsSync('/proc/self/cmdline')) return;
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name)))
    if (Number(pid) !== process.pid && isOf(copy, join('/proc', pid))) {
      try {
        process.kill(Number(pid), 'SIGKILL');
      } catch {
        // it has ended by itself
      }
    }
}

/** @param {string} copy @param {string} process folder of /proc */
function isOf(copy, process) {
  try {
    const cwd = readlinkSync(join(process, 'cwd'));
    if (cwd === copy || cwd.startsWith(`${copy}/`)) return true;
    return ['cmdline', 'environ'].some((name) => readFileSync(join(process, name), 'utf8').includes(`${copy}/`));
  } catch {
    return false;
  }
}

/** @param {string} copy @param {string} report @returns {{file: string, test: string}[]} */
function failuresIn(copy, report) {
  if (!existsSync(report)) return [];
  const { testResults } =
    /** @type {{testResults: {name: string, status: string, message: string, assertionResults: {status: string, fullName: string}[]}[]}} */ (
      JSON.parse(readFileSync(report, 'utf8'))
    );
  return testResults.flatMap(({ name, status, assertionResults }) => {
    const file = name.startsWith(copy) ? name.slice(copy.length + 1) : name;
    const failed = assertionResults.filter((result) => result.status === 'failed');
    if (failed.length === 0 && status === 'failed') return [{ file, test: 'the file could not be loaded' }];
    return failed.map(({ fullName }) => ({ file, test: fullName }));
  });
}
