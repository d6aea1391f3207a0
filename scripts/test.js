// Everything that has to hold, in one command: checks of the text, then tests in TypeScript, and beside them the Python SDK's
// tests on the oldest and the newest Python found; with `--all` on each, and what takes long too. Ends with what was not run
// here, and why, and one plain line `N passed, N failed`.
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describeNotRun, notRunByVitest } from './not-run.js';
import { testPythonSdk } from './test-python.js';
import { must, run } from './run.js';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const binaries = join(root, 'node_modules', '.bin');
const count = { passed: 0, failed: 0 };
/** @type {import('./not-run.js').NotRun[]} */
const notRun = [];
const isAll = process.argv.includes('--all');
const forVitest = process.argv.slice(2).filter((each) => each !== '--all');
if (isAll) process.env['BULKHEAD_TEST_LONG'] = '1';

await must(process.execPath, [join(root, 'scripts', 'ready.js')]);
await check('types of tests', join(binaries, 'tsc'), [
  '--build',
  'packages/protocol/test',
  'packages/plugin-sdk/test',
  'packages/bulkhead/test',
  'scripts',
]);
await check('lint', join(binaries, 'oxlint'), ['--type-aware', '--quiet']);
await check('format', join(binaries, 'oxfmt'), ['--check']);
await check('unused code', join(binaries, 'knip'), []);
await check('import rule', process.execPath, ['scripts/check-imports.js']);
// the tests in Python wait more than they work
const python = testPython();
try {
  await testTypeScript();
} finally {
  console.log(`\n── Python tests\n${await python}`);
}

console.log('\n── not run here');
for (const line of notRun.length === 0 ? ['nothing: all was run'] : describeNotRun(notRun)) console.log(line);
console.log(`${count.passed} passed, ${count.failed} failed`);
process.exitCode = count.failed === 0 ? 0 : 1;

/** @param {{passed: number, failed: number}} more */
function add(more) {
  count.passed += more.passed;
  count.failed += more.failed;
}

/** @param {string} name @param {string} command @param {string[]} parameters */
async function check(name, command, parameters) {
  console.log(`\n── ${name}`);
  const status = await run(command, parameters, { cwd: root });
  add(status === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 });
}

async function testTypeScript() {
  console.log('\n── TypeScript tests (those in Python run beside them)');
  const report = join(root, '.cache', 'vitest.json');
  rmSync(report, { force: true });
  const status = await run(join(binaries, 'vitest'), ['run', ...forVitest], { cwd: root });
  const results = JSON.parse(readFileSync(report, 'utf8'));
  const { numPassedTests, numFailedTests } = results;
  notRun.push(...notRunByVitest(results));
  // a file that could not even be loaded fails the run without a failed test
  add({ passed: numPassedTests, failed: status === 0 ? 0 : Math.max(1, numFailedTests) });
}

/** Resolves with what there is to be shown. */
async function testPython() {
  const log = join(root, '.cache', 'python-tests.log');
  mkdirSync(dirname(log), { recursive: true });
  const output = openSync(log, 'w');
  try {
    const result = await testPythonSdk(root, { every: isAll, together: isAll ? 2 : 1, output });
    notRun.push(...result.notRun);
    add(result);
  } catch (error) {
    writeSync(output, `${String(error)}\n`);
    add({ passed: 0, failed: 1 });
  } finally {
    closeSync(output);
  }
  return readFileSync(log, 'utf8');
}
