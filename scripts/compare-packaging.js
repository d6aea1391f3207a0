// Reads random versions, specifier sets, markers and requirements beside Python's `packaging`, with a new seed each time:
// `npm run compare-packaging -- --count 1000000 --seed 7`. The tests compare fewer, always the same.
import { randomInt } from 'node:crypto';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { run } from './run.js';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const { values } = parseArgs({ options: { count: { type: 'string' }, seed: { type: 'string' } } });
const count = Number(values.count ?? 1_000_000);
const seed = Number(values.seed ?? randomInt(1, 2 ** 31));
if (![count, seed].every((number) => Number.isSafeInteger(number) && number > 0)) {
  console.error('usage: npm run compare-packaging -- [--count PAIRS] [--seed SEED], whole numbers over 0');
  process.exit(2);
}
console.error(`${count} pairs of specifier sets and what goes with them, seed ${seed}`);
process.exitCode = await run(
  join(root, 'node_modules', '.bin', 'vitest'),
  ['run', 'packages/bulkhead/test/requirements/packaging.test.ts', '--reporter=verbose'],
  {
    cwd: root,
    env: { ...process.env, BULKHEAD_TEST_PAIRS: String(count), BULKHEAD_TEST_SEED: String(seed) },
  },
);
console.error(`seed ${seed}`);
