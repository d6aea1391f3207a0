// Which test files can notice a change of a source file: those that load it, the ones of its own folder first.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

const SOURCE = 'packages/bulkhead/src';
const TESTS = 'packages/bulkhead/test';

/** For each folder of the sources, the folders of tests that are about it: the quick ones, then those that use it through others. */
/** @type {Readonly<Record<string, readonly (readonly string[])[]>>} */
export const TESTED_BY = {
  session: [['session'], ['pool', 'manager']],
  pool: [['pool'], ['manager']],
  transport: [['transport', 'session'], ['manager']],
  launcher: [['launcher'], ['pool', 'manager']],
  environment: [['environment'], ['conflicts', 'manager']],
};

/**
 * @param {string} root of the repository or its copy
 * @param {string} file the source file, relative to `root`
 * @returns {string[][]} test files relative to `root`, to be run one list after the other
 */
export function testsOf(root, file) {
  const [folder = ''] = relative(SOURCE, file).split('/');
  const stages = TESTED_BY[folder] ?? [[folder]];
  return stages
    .map((folders) =>
      folders
        .flatMap((each) => testFilesIn(root, join(TESTS, each)))
        .filter((test) => loads(root, test).has(file))
        .toSorted(),
    )
    .filter(({ length }) => length > 0);
}

/** @param {string} root @param {string} folder */
function testFilesIn(root, folder) {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => join(folder, name));
}

/** @type {Map<string, ReadonlySet<string>>} */
const loaded = new Map();

/** All files that `file` loads, itself among them, as far as its imports say. @param {string} root @param {string} file */
function loads(root, file) {
  const key = join(root, file);
  const known = loaded.get(key);
  if (known !== undefined) return known;
  /** @type {Set<string>} */
  const all = new Set();
  const open = [file];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (all.has(next)) continue;
    all.add(next);
    const text = readFileSync(join(root, next), 'utf8');
    for (const [, target = ''] of text.matchAll(/(?:from|import\()\s*'(\.[^']+\.ts)'/g))
      open.push(join(dirname(next), target));
  }
  loaded.set(key, all);
  return all;
}
