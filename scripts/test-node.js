// Runs the whole suite on another Node, from its npm package: `npm run test:node -- 24`.
import { mkdirSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { must, run } from './run.js';

const version = process.argv[2];
if (version === undefined || !/^\d+(\.\d+){0,2}$/.test(version)) {
  console.error('usage: npm run test:node -- VERSION, for example 24');
  process.exit(2);
}
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const folder = join(root, '.cache', `node-${version}`);
const name = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
mkdirSync(folder, { recursive: true });
await must('npm', [
  'install',
  '--prefix',
  folder,
  '--no-save',
  '--no-audit',
  '--no-fund',
  '--loglevel=error',
  `${name}@${version}`,
]);
const binaries = join(folder, 'node_modules', name, 'bin');
const node = join(binaries, process.platform === 'win32' ? 'node.exe' : 'node');
await must(node, ['--version']);
const environment = { ...process.env, PATH: `${binaries}${delimiter}${process.env.PATH}` };
process.exitCode = await run(node, [join(root, 'scripts', 'test.js'), ...process.argv.slice(3)], {
  cwd: root,
  env: environment,
});
