// Runs tests in the copy, ends them in time, and leaves nothing of them behind.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** @typedef {{file: string, test: string, isTest: boolean}} Failure `isTest`: `test` is the full name of one */

/**
 * @typedef {object} TestRun
 * @property {'passed' | 'failed' | 'timed out'} outcome
 * @property {number} passed tests
 * @property {readonly Failure[]} failures
 */

/**
 * @param {string} copy
 * @param {readonly string[]} files relative to `copy`
 * @param {{seconds: number, bail: boolean, named?: string}} options `named`: the one test to run
 * @returns {Promise<TestRun>}
 */
export async function runTests(copy, files, { seconds, bail, named }) {
  // where vitest.config.ts puts it
  const report = join(copy, '.cache', 'vitest.json');
  rmSync(report, { force: true });
  const parameters = ['run', ...files, '--maxWorkers=2'];
  if (named !== undefined) parameters.push(`--testNamePattern=^${named.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&')}$`);
  const { timedOut, status } = await runLimited(
    copy,
    [join(copy, 'node_modules', '.bin', 'vitest'), ...parameters, ...(bail ? ['--bail=1'] : [])],
    seconds,
  );
  if (timedOut) return { outcome: 'timed out', passed: 0, failures: [] };
  const { passed, failures } = readReport(copy, report);
  if (status === 0) return { outcome: 'passed', passed, failures };
  const unknown = { file: '', test: 'an error outside of tests', isTest: false };
  return { outcome: 'failed', passed, failures: failures.length > 0 ? failures : [unknown] };
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

/**
 * @typedef {object} Report of vitest, as far as it is read here
 * @property {number} numPassedTests
 * @property {{name: string, status: string, assertionResults: {status: string, fullName: string}[]}[]} testResults
 */

/** @param {string} copy @param {string} report @returns {{passed: number, failures: Failure[]}} */
function readReport(copy, report) {
  if (!existsSync(report)) return { passed: 0, failures: [] };
  const { numPassedTests, testResults } = /** @type {Report} */ (JSON.parse(readFileSync(report, 'utf8')));
  /** @type {Failure[]} */
  const failures = [];
  for (const { name, status, assertionResults } of testResults) {
    const file = name.startsWith(copy) ? name.slice(copy.length + 1) : name;
    const failed = assertionResults.filter((result) => result.status === 'failed');
    for (const { fullName } of failed) failures.push({ file, test: fullName, isTest: true });
    if (failed.length === 0 && status === 'failed')
      failures.push({ file, test: 'the file could not be loaded', isTest: false });
  }
  return { passed: numPassedTests, failures };
}
