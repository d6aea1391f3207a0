import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { readRegularFile } from '../../lifecycle/read-regular-file.ts';

const LARGEST_FILE = 16 * 1024 ** 2;

/** What decides whether projects and files on this disk, which are to be installed, have changed since they were. */
export async function localSources(paths: readonly string[]): Promise<Record<string, string>> {
  return Object.fromEntries(await Promise.all(paths.map(async (path) => [path, await stateOf(path)] as const)));
}

/** uv, too, builds a folder anew when one of these files has changed, not when its code has. */
async function stateOf(path: string): Promise<string> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) return 'missing';
  if (!found.isDirectory()) return `${found.size} ${found.mtimeMs}`;
  const hash = createHash('sha256');
  for (const name of ['pyproject.toml', 'setup.py', 'setup.cfg'])
    hash.update(await readRegularFile(join(path, name), LARGEST_FILE).catch(() => '-'));
  return hash.digest('hex');
}
