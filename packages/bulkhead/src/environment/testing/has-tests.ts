import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isMadeByTools } from '../../lifecycle/made-by-tools.ts';

/** What pytest takes for tests unless it is told otherwise, and what says that it is. */
const TEST_FILE = /^(test_.*|.*_test|tests?|conftest)\.py$|^\.?pytest\.(ini|toml)$/;
/** A plugin's folder may hold anything: this many files and folders of it are looked at. */
const MOST_ENTRIES = 20_000;

/** Whether there is anything for pytest in a plugin's folder, without asking it, since that takes an environment. */
export async function hasTests(folder: string): Promise<boolean> {
  const waiting = [''];
  let seen = 0;
  for (let path = waiting.shift(); path !== undefined && seen < MOST_ENTRIES; path = waiting.shift()) {
    for (const entry of await readdir(join(folder, path), { withFileTypes: true }).catch(() => [])) {
      seen++;
      const inside = join(path, entry.name);
      if (entry.isDirectory() && !isMadeByTools(inside)) waiting.push(inside);
      else if (!entry.isDirectory() && TEST_FILE.test(entry.name)) return true;
    }
  }
  const settings = await readFile(join(folder, 'pyproject.toml'), 'utf8').catch(() => '');
  return /^\s*\[tool\.pytest\b/m.test(settings);
}
