import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const REPOSITORY: string = fileURLToPath(new URL('../../../../', import.meta.url));

/** Not written by hand, or not ours. */
const SKIPPED = new Set([
  'node_modules',
  'dist',
  '.git',
  '.cache',
  '.venv',
  '__pycache__',
  '.pytest_cache',
  'coverage',
]);

/** All Markdown files, as paths from the root of the repository. */
export function markdownFiles(folder = ''): string[] {
  return readdirSync(join(REPOSITORY, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return SKIPPED.has(entry.name) ? [] : markdownFiles(path);
    return entry.isFile() && entry.name.endsWith('.md') ? [path] : [];
  });
}

export function textOf(path: string): string {
  return readFileSync(join(REPOSITORY, path), 'utf8');
}
