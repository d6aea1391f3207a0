// Breaks a copy of the sources, one small change at a time, and runs the tests that can notice it:
//
//   npm run mutate -- --count 20 --seed 7 --only packages/bulkhead/src/session
//
// With --near only the tests of the same folder are run: quick, to see what they prove by themselves.
// A change that no test notices is a place where the tests prove less than they seem to. Not a part of `npm test`: it takes a
// minute and more for each change.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { chosen } from './chosen.js';
import { copyRepository, keepCache, restoreCache } from './copy.js';
import { applied, described, mutantsIn } from './mutants.js';
import { TESTED_BY, testsOf } from './reach.js';
import { compiles, endAll, runTests } from './test-run.js';

/** @typedef {import('./mutants.js').Mutant} Mutant */
/** @typedef {{verdict: 'killed' | 'survived' | 'timed out' | 'invalid', by?: string}} Verdict */

const SOURCE = 'packages/bulkhead/src';
const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const copy = join(root, '.cache', 'mutate');
const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '60' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string', default: SOURCE },
    seconds: { type: 'string', default: '600' },
    near: { type: 'boolean', default: false },
  },
});
const [count, seed, seconds] = [values.count, values.seed, values.seconds].map(Number);
if (![count, seed, seconds].every((number) => Number.isSafeInteger(number) && Number(number) > 0)) {
  console.error('usage: npm run mutate -- [--count N] [--seed N] [--only PATH[:LINE]] [--seconds N] [--near]');
  process.exit(2);
}

for (const signal of ['SIGINT', 'SIGTERM'])
  process.once(signal, () => {
    endAll(copy);
    process.exit(1);
  });

const candidates = candidatesIn(values.only);
console.log(`${[...candidates.values()].flat().length} changes are possible; ${count} of them, seed ${seed}`);
copyRepository(root, copy);
if (!(await compiles(copy))) throw new Error('the sources do not compile');
const flaky = await warmUp();

/** @type {Record<Verdict['verdict'], number>} */
const tally = { killed: 0, survived: 0, 'timed out': 0, invalid: 0 };
for (const mutant of chosen(candidates, Number(seed))) {
  if (tally.killed + tally.survived + tally['timed out'] >= Number(count)) break;
  const { verdict, by } = await judge(mutant);
  tally[verdict] += 1;
  if (verdict === 'invalid') continue;
  const place = `${mutant.file.slice(SOURCE.length + 1)}:${mutant.line}`;
  console.log(`${verdict.padEnd(9)} ${place}  ${described(mutant)}${by === undefined ? '' : `\n          by ${by}`}`);
}
const judged = tally.killed + tally.survived + tally['timed out'];
console.log(
  `${judged} changes: ${tally.killed} killed, ${tally['timed out']} timed out, ${tally.survived} survived ` +
    `(${Math.round((100 * tally.survived) / Math.max(1, judged))} %); ${tally.invalid} more did not compile. Seed ${seed}.`,
);

/** By the folder that they are in. @param {string} only a path, with a line or without @returns {Map<string, Mutant[]>} */
function candidatesIn(only) {
  const [path = '', line] = only.split(':');
  /** @type {Map<string, Mutant[]>} */
  const found = new Map();
  for (const folder of Object.keys(TESTED_BY)) {
    const files = readdirSync(join(root, SOURCE, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => join(SOURCE, folder, name))
      .filter((file) => file === path || file.startsWith(`${path.replace(/\/$/, '')}/`))
      .toSorted();
    const mutants = files.flatMap((file) => mutantsIn(file, readFileSync(join(root, file), 'utf8')));
    found.set(
      folder,
      mutants.filter((mutant) => line === undefined || mutant.line === Number(line)),
    );
  }
  return found;
}

/** @param {string} file */
function testsFor(file) {
  const stages = testsOf(copy, file);
  return values.near ? stages.slice(0, 1) : stages;
}

/** Builds what the tests keep, and finds those that fail without any change: they can't notice one. @returns {Promise<Set<string>>} */
async function warmUp() {
  const folders = [...candidates].filter(([, mutants]) => mutants.length > 0).map(([folder]) => folder);
  const files = new Set(
    folders.flatMap((folder) => (candidates.get(folder) ?? []).flatMap(({ file }) => testsFor(file).flat())),
  );
  console.log(`running ${files.size} test files without a change`);
  const { outcome, failures } = await runTests(copy, [...files], { seconds: 3 * Number(seconds), bail: false });
  if (outcome === 'timed out' || failures.some(({ file }) => file === ''))
    throw new Error(`the tests do not run in ${copy}`);
  for (const { file, test } of failures) console.log(`left out, since it fails without a change: ${file}: ${test}`);
  keepCache(copy);
  return new Set(failures.map(({ file }) => file));
}

/** @param {Mutant} mutant @returns {Promise<Verdict>} */
async function judge(mutant) {
  const path = join(copy, mutant.file);
  const text = readFileSync(path, 'utf8');
  writeFileSync(path, applied(mutant, text));
  try {
    if (!(await compiles(copy))) return { verdict: 'invalid' };
    for (const files of testsFor(mutant.file)) {
      const verdict = await noticed(files.filter((file) => !flaky.has(file)));
      if (verdict !== undefined) return verdict;
    }
    return { verdict: 'survived' };
  } finally {
    writeFileSync(path, text);
    // what was built, kept or torn by a broken builder must not be found by the next
    if (mutant.file.startsWith(`${SOURCE}/environment/`)) restoreCache(copy);
  }
}

/** A failure counts when it comes twice: a busy machine may let a test fail once. @param {readonly string[]} files @returns {Promise<Verdict | undefined>} */
async function noticed(files) {
  if (files.length === 0) return undefined;
  const first = await runTests(copy, files, { seconds: Number(seconds), bail: true });
  if (first.outcome === 'timed out') return { verdict: 'timed out' };
  const [failure] = first.failures;
  if (failure === undefined) return undefined;
  const again = await runTests(copy, failure.file === '' ? files : [failure.file], {
    seconds: Number(seconds),
    bail: true,
    ...(failure.isTest ? { named: failure.test } : {}),
  });
  if (again.outcome === 'passed' && again.passed > 0) return noticed(files.filter((file) => file !== failure.file));
  return { verdict: 'killed', by: `${failure.file.replace('packages/bulkhead/test/', '')}: ${failure.test}` };
}
