// A copy of the repository to be broken: the sources of this moment, with caches of its own.
import { cpSync, lstatSync, mkdirSync, readdirSync, readlinkSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';

/** What tests keep between runs stays in the copy, too: environments are built once. */
const CACHE = '.cache';
const LEFT_OUT = new Set([CACHE, '.git', 'node_modules']);

/** @param {string} root of the repository @param {string} copy a folder, made anew but for its cache */
export function copyRepository(root, copy) {
  mkdirSync(copy, { recursive: true });
  for (const name of readdirSync(copy)) if (name !== CACHE) rmSync(join(copy, name), { recursive: true, force: true });
  for (const name of readdirSync(root))
    if (!LEFT_OUT.has(name)) cpSync(join(root, name), join(copy, name), { recursive: true, verbatimSymlinks: true });
  linkModules(join(root, 'node_modules'), join(copy, 'node_modules'));
}

/** Packages are the repository's; links to its own packages lead to those of the copy. @param {string} from @param {string} to */
function linkModules(from, to) {
  mkdirSync(to);
  for (const name of readdirSync(from)) {
    const [source, target] = [join(from, name), join(to, name)];
    if (lstatSync(source).isSymbolicLink()) symlinkSync(readlinkSync(source), target);
    else if (name.startsWith('@')) linkModules(source, target);
    else if (!name.startsWith('.') || name === '.bin') symlinkSync(source, target);
  }
}

/** Keeps what the tests have cached, so that it can be put back after a change that may have spoilt it. @param {string} copy */
export function keepCache(copy) {
  replace(join(copy, CACHE), join(copy, `${CACHE}-kept`));
}

/** @param {string} copy */
export function restoreCache(copy) {
  replace(join(copy, `${CACHE}-kept`), join(copy, CACHE));
}

/** @param {string} from @param {string} to */
function replace(from, to) {
  rmSync(to, { recursive: true, force: true });
  cpSync(from, to, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
}
