// Everything that has to hold, in one command: checks of the text, then tests in TypeScript, then the Python SDK's tests on
// the oldest and the newest Python found; with `--all` on each, and what takes long too. Ends with what was not run here, and
// why, and one plain line `N passed, N failed`.
import { readFileSync, rmSync } from 'node:fs';
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
  'packages/bulkhead/test',
  'scripts',
]);
await check('lint', join(binaries, 'oxlint'), ['--type-aware', '--quiet']);
await check('format', join(binaries, 'oxfmt'), ['--check']);
await check('unused code', join(binaries, 'knip'), []);
await check('import rule', process.execPath, ['scripts/check-imports.js']);
await testTypeScript();
await testPython();

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
  console.log('\n── TypeScript tests');
  const report = join(root, '.cache', 'vitest.json');
  rmSync(report, { force: true });
  const status = await run(join(binaries, 'vitest'), ['run', ...forVitest], { cwd: root });
  const results = JSON.parse(readFileSync(report, 'utf8'));
  const { numPassedTests, numFailedTests } = results;
  notRun.push(...notRunByVitest(results));
  // a file that could not even be loaded fails the run without a failed test
  add({ passed: numPassedTests, failed: status === 0 ? 0 : Math.max(1, numFailedTests) });
}

async function testPython() {
  console.log('\n── Python tests');
  const result = await testPythonSdk(root, { every: isAll });
  notRun.push(...result.notRun);
  add(result);
}
