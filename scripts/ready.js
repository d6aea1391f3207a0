// Makes a checkout ready to run: packages as the lock file says, then a build and a bundle. Quick when there is nothing to do.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installPackages } from './install-packages.js';
import { must } from './run.js';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
// Standard output belongs to the program that runs next, which may print one JSON document.
/** @type {import('node:child_process').SpawnOptions} */
const toStandardError = { cwd: root, stdio: ['ignore', 2, 2] };

await installPackages(root);
await build();

async function build() {
  const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  await must(process.execPath, [compiler, '--build', root], toStandardError);
  // imported only now: a fresh checkout has no esbuild before its packages are installed
  await (await import('./bundle.js')).bundle(root);
}
