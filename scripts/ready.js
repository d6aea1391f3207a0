// Makes a checkout ready to run: packages as the lock file says, then a build. Quick when there is nothing to do.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { must } from './run.js';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
// Standard output belongs to the program that runs next, which may print one JSON document.
/** @type {import('node:child_process').SpawnOptions} */
const toStandardError = { cwd: root, stdio: ['ignore', 2, 2] };

await install();
await build();

/**
 * Installs what the lock file says, unless that was done. Not by `npm ci`: it refuses a lock file that lacks binaries for
 * other platforms, which npm leaves out where a package index does not have them.
 */
async function install() {
  const marker = join(root, 'node_modules', '.installed-lock-sha256');
  const wanted = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  if (existsSync(marker) && readFileSync(marker, 'utf8') === wanted) return;
  console.error('Installing packages …');
  await must('npm', ['install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error'], toStandardError);
  writeFileSync(marker, wanted);
}

async function build() {
  const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  await must(process.execPath, [compiler, '--build', root], toStandardError);
}
