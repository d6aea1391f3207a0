// The Python SDK's tests, on the oldest and the newest Python that this machine has, or on every minor version.
import { existsSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { notRunByPytest } from './not-run.js';
import { run } from './run.js';

/** @typedef {{executable: string, version: string}} Python */
/** @typedef {{root: string, uv: string, output: number}} Place Where the tests run: uv is a path, `output` the descriptor that gets what is said. */

/** numpy and pydantic for the tests of their values, jsonschema for that of hints, msgpack for its extension, in the host's version: the SDK itself needs nothing. */
const NEEDED = ['pytest', 'numpy', 'pydantic', 'jsonschema', 'msgpack==1.1.2'];
/** They are large, and the SDK imports none of them: one Python is enough. */
const NEEDED_BY_NEWEST = ['pandas', 'polars', 'pyarrow', 'openpyxl'];
/** pytest for the types of the fixtures. */
const CHECKERS = ['mypy', 'ruff', 'pytest'];

const SUPPORTED_MINORS = [9, 10, 11, 12, 13, 14];

/**
 * @param {string} root
 * @param {object} options
 * @param {boolean} options.every every Python takes over twice the time of two
 * @param {number} options.together how many Pythons are tested at a time
 * @param {number} options.output descriptor that gets what the tests say
 * @returns {Promise<{passed: number, failed: number, notRun: import('./not-run.js').NotRun[]}>}
 */
export async function testPythonSdk(root, { every, together, output }) {
  const { pythons, uv } = await findTools(root);
  const place = { root, uv, output };
  const between = every ? [] : pythons.slice(1, -1);
  const count = { passed: 0, failed: 0, notRun: [...notFound(pythons), ...leftOut(between)] };
  const waiting = pythons.filter((python) => !between.includes(python));
  const worker = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const { passed, failed, notRun } = await testOn(
        place,
        next,
        next === pythons.at(-1) ? [...NEEDED, ...NEEDED_BY_NEWEST] : NEEDED,
      );
      count.passed += passed;
      count.failed += failed;
      count.notRun.push(...notRun);
    }
  };
  await Promise.all(Array.from({ length: together }, worker));
  const newest = pythons.at(-1);
  if (newest === undefined) {
    writeSync(output, 'no Python from 3.9 on was found\n');
    return { ...count, failed: count.failed + 1 };
  }
  const python = join(await prepare(place, newest, 'checkers', CHECKERS), 'bin', 'python');
  for (const check of [['mypy'], ['ruff', 'check'], ['ruff', 'format', '--check']]) {
    const status = await run(python, ['-m', ...check], {
      cwd: join(root, 'packages', 'plugin-sdk-python'),
      stdio: ['ignore', output, output],
    });
    count[status === 0 ? 'passed' : 'failed'] += 1;
  }
  return count;
}

/**
 * The newest of each minor version from 3.9 on, and uv, as Bulkhead itself finds or fetches them.
 *
 * @param {string} root
 */
async function findTools(root) {
  const { discoverPythons } = await import('../packages/bulkhead/dist/environment/python/python-discovery.js');
  const { obtainUv } = await import('../packages/bulkhead/dist/environment/fetched/uv-binary.js');
  const { ProgressReporter } = await import('../packages/bulkhead/dist/environment/build/progress-reporter.js');
  const { StateFolder } = await import('../packages/bulkhead/dist/environment/state-folder.js');
  const state = new StateFolder(join(root, '.cache', 'environment-tests'));
  state.ensure();
  const search = { state, variables: process.env, signal: AbortSignal.timeout(120_000) };
  const { pythons } = await discoverPythons(state, process.env, search.signal);
  const uv = await obtainUv(search, pythons, new ProgressReporter('tests', () => undefined));
  /** @type {Map<string, Python>} */
  const newest = new Map();
  for (const { executable, version, implementation } of pythons) {
    const [major, minor = 0] = version.split('.').map(Number);
    if (implementation !== 'cpython' || major !== 3 || minor < 9) continue;
    const known = newest.get(`${major}.${minor}`);
    if (known === undefined || version.localeCompare(known.version, 'en', { numeric: true }) > 0)
      newest.set(`${major}.${minor}`, { executable, version });
  }
  const sorted = [...newest.values()].sort((a, b) => a.version.localeCompare(b.version, 'en', { numeric: true }));
  return { uv: uv.path, pythons: sorted };
}

/**
 * The versions that the SDK supports and this machine has not.
 *
 * @param {readonly {version: string}[]} pythons
 */
function notFound(pythons) {
  return SUPPORTED_MINORS.filter((minor) => !pythons.some(({ version }) => version.startsWith(`3.${minor}.`))).map(
    (minor) => ({ suite: `Python 3.${minor}`, name: '', reason: 'not found on this machine' }),
  );
}

/** @param {readonly Python[]} pythons between the oldest and the newest */
function leftOut(pythons) {
  const reason = 'the oldest and the newest stand for it, and `npm run test:all` has it';
  return pythons.map(({ version }) => ({ suite: `Python ${version}`, name: '', reason }));
}

/** @param {Place} place @param {Python} python @param {string[]} needed */
async function testOn(place, python, needed) {
  const { root, output } = place;
  const { version } = python;
  const environment = await prepare(place, python, 'pytest', needed);
  const sdk = join(root, 'packages', 'plugin-sdk-python');
  const report = join(root, '.cache', `pytest-${version}.xml`);
  rmSync(report, { force: true });
  const status = await run(
    join(environment, 'bin', 'python'),
    ['-m', 'pytest', '-q', '-p', 'no:cacheprovider', `--junitxml=${report}`],
    {
      cwd: sdk,
      env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' },
      stdio: ['ignore', output, output],
    },
  );
  const xml = existsSync(report) ? readFileSync(report, 'utf8') : '';
  const { passed, failed } = countTests(xml);
  writeSync(output, `Python ${version}: ${passed} passed, ${failed} failed\n`);
  return { passed, failed: status === 0 ? failed : Math.max(1, failed), notRun: notRunByPytest(xml, version) };
}

/** @param {string} xml pytest's JUnit report */
function countTests(xml) {
  const attribute = (/** @type {string} */ name) =>
    Number(new RegExp(`<testsuite [^>]*\\b${name}="(\\d+)"`).exec(xml)?.[1] ?? 0);
  const failed = attribute('errors') + attribute('failures');
  return { passed: attribute('tests') - failed - attribute('skipped'), failed };
}

/**
 * A virtual environment with tools for tests, made once. By uv, with byte code: pip takes ten times as long, and tests start
 * hundreds of processes that would each compile what they import.
 *
 * @param {Place} place @param {Python} python @param {string} purpose @param {string[]} needed
 */
async function prepare({ root, uv, output }, { executable, version }, purpose, needed) {
  const folder = join(root, '.cache', `${purpose}-${version}`);
  const marker = join(folder, 'ready');
  if (existsSync(marker) && readFileSync(marker, 'utf8') === needed.join(' ')) return folder;
  writeSync(output, `Making an environment with ${needed.join(', ')} on Python ${version} …\n`);
  const python = join(folder, 'bin', 'python');
  for (const command of [
    ['venv', '--quiet', '--seed', '--clear', '--python', executable, folder],
    ['pip', 'install', '--quiet', '--compile-bytecode', '--python', python, ...needed],
  ]) {
    const status = await run(uv, command, { stdio: ['ignore', output, output] });
    if (status !== 0) throw new Error(`uv ${command.join(' ')} ended with status ${status}`);
  }
  writeFileSync(marker, needed.join(' '));
  return folder;
}
