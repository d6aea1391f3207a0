import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { must } from './run.js';

/**
 * Installs what a folder's lock file says, unless that was done. Not by `npm ci`: it refuses a lock file that lacks binaries for
 * other platforms, which npm leaves out where a package index does not have them.
 *
 * @param {string} folder
 * @param {readonly string[]} [options] further options of npm
 */
export async function installPackages(folder, options = []) {
  const marker = join(folder, 'node_modules', '.installed-lock-sha256');
  const wanted = createHash('sha256')
    .update(readFileSync(join(folder, 'package-lock.json')))
    .digest('hex');
  if (existsSync(marker) && readFileSync(marker, 'utf8') === wanted) return;
  console.error('Installing packages …');
  const quiet = ['--no-save', '--no-audit', '--no-fund', '--loglevel=error'];
  // Standard output belongs to the program that runs next, which may print one JSON document.
  await must('npm', ['install', ...quiet, ...options], { cwd: folder, stdio: ['ignore', 2, 2] });
  writeFileSync(marker, wanted);
}
