import { existsSync } from 'node:fs';
import { createRequire as requireFrom } from 'node:module'; // the name that a bundle's own banner leaves free
import { dirname, join, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BulkheadError } from '../../errors/bulkhead-error.ts';

const PACKAGE = '@bulkhead/plugin-sdk-python';
/** Names the folder where it is not found by itself. */
const VARIABLE = 'BULKHEAD_PYTHON_SDK';

/**
 * The folder that holds `plugin_sdk`, which is put on a plugin's path and never installed into its environment.
 *
 * A host may be bundled into one file. Then our package is neither where this file says, nor perhaps installed at all; so the
 * folder of the program counts as well, and what lies in an archive, from which Python can't read, does not.
 *
 * @param given the folder, or one whose `src` it is, by an option of the library
 * @throws BulkheadError `SDK_NOT_FOUND`
 */
export function pythonSdkFolder(variables: NodeJS.ProcessEnv, given?: string): string {
  const named = given ?? (variables[VARIABLE] || undefined);
  const setting = given === undefined ? VARIABLE : '`pythonSdk`';
  const candidates = named === undefined ? [...installed(), ...surroundings()] : [named, join(named, 'src')];
  const paths = candidates.map((candidate) => resolve(candidate)).flatMap((path) => [unpacked(path), path]);
  const holders = paths.filter(holdsSdk);
  const found = holders.find((path) => !isInArchive(path));
  if (found !== undefined) return found;
  throw new BulkheadError('SDK_NOT_FOUND', {
    setting: named === undefined ? undefined : setting,
    places: named === undefined ? programFolders() : [named],
    archive: holders[0],
  });
}

function holdsSdk(folder: string): boolean {
  return existsSync(join(folder, 'plugin_sdk', 'bootstrap.py'));
}

/** Where the package manager has put it, which may know other places than `node_modules`. */
function installed(): string[] {
  try {
    return [join(dirname(requireFrom(import.meta.url).resolve(`${PACKAGE}/package.json`)), 'src')];
  } catch {
    return []; // not installed, or bundled as CommonJS, which has no `import.meta.url`
  }
}

/** `plugin_sdk` beside the program, or its package in a `node_modules` above. */
function surroundings(): string[] {
  return programFolders().flatMap((folder) => [folder, ...modulesAbove(folder)]);
}

/** The folders of this file, of the program, and of the resources of an Electron application. */
function programFolders(): string[] {
  const url: string | undefined = import.meta.url;
  const [, program] = process.argv;
  const { resourcesPath } = process as { readonly resourcesPath?: unknown };
  return [
    ...new Set([
      ...(url?.startsWith('file:') === true ? [dirname(fileURLToPath(url))] : []),
      ...(program === undefined ? [] : [dirname(resolve(program))]),
      ...(typeof resourcesPath === 'string' ? [resourcesPath] : []),
    ]),
  ];
}

function modulesAbove(folder: string): string[] {
  const above = dirname(folder) === folder ? [] : modulesAbove(dirname(folder));
  return [join(folder, 'node_modules', PACKAGE, 'src'), ...above];
}

/** Electron shows an archive as a folder, and puts the files that are kept out of it into a real one beside it. */
function unpacked(path: string): string {
  return path.replace(/\.asar(?=[\\/]|$)/, '.asar.unpacked');
}

/** Archives that Node is made to read: Electron's, and those in Yarn's cache. */
function isInArchive(path: string): boolean {
  return path.split(sep).some((part) => part.endsWith('.asar') || part.endsWith('.zip'));
}
