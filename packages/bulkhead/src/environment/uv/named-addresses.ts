import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Gives packages at addresses the names that a project needs for them: uv fetches what is there, and says them.
 *
 * @param run runs uv in `folder`, and rejects when it fails
 * @returns requirements with names
 */
export async function namedAddresses(
  addresses: readonly string[],
  folder: string,
  python: string,
  run: (args: readonly string[]) => Promise<unknown>,
): Promise<readonly string[]> {
  if (addresses.length === 0) return [];
  const [list, named] = ['unnamed.txt', 'named.txt'].map((name) => join(folder, name)) as [string, string];
  await writeFile(list, `${addresses.join('\n')}\n`, { mode: 0o600 });
  const quiet = ['--no-deps', '--no-header', '--no-annotate', '--quiet'];
  await run(['pip', 'compile', list, ...quiet, '--python', python, '--no-python-downloads', '--output-file', named]);
  return (await readFile(named, 'utf8')).split('\n').filter((line) => line.trim() !== '');
}
