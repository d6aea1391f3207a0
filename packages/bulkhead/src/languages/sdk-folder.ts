import { existsSync } from 'node:fs';
import { createRequire as requireFrom } from 'node:module'; // the name that a bundle's own banner leaves free
import { dirname, join, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BulkheadError } from '../errors/bulkhead-error.ts';

/** What a plugin's process loads of Bulkhead, and where a host finds it. */
export interface SdkFiles {
  readonly language: string;
  readonly package: string;
  /** The folder of the package that holds it. */
  readonly inside: string;
  /** The folder that it is, and the file in it that starts a plugin. */
  readonly name: string;
  readonly bootstrap: string;
  /** Names the folder that holds it where it is not found by itself; so does an option of the library. */
  readonly variable: string;
  readonly option: string;
}

/**
 * The folder that holds an SDK, which is put on a plugin's path and never installed into its environment.
 *
 * A host may be bundled into one file. Then our package is neither where this file says, nor perhaps installed at all; so the
 * folder of the program counts as well, and what lies in an archive, from which no other program can read, does not.
 *
 * @param given the folder, or one inside whose package it is, by an option of the library
 * @throws BulkheadError `SDK_NOT_FOUND`
 */
export function sdkFolder(sdk: SdkFiles, variables: NodeJS.ProcessEnv, given?: string): string {
  const named = given ?? (variables[sdk.variable] || undefined);
  const setting = given === undefined ? sdk.variable : `\`${sdk.option}\``;
  const candidates = named === undefined ? [...installed(sdk), ...surroundings(sdk)] : [named, join(named, sdk.inside)];
  const paths = candidates.map((candidate) => resolve(candidate)).flatMap((path) => [unpacked(path), path]);
  const holders = paths.filter((folder) => existsSync(join(folder, sdk.name, sdk.bootstrap)));
  const found = holders.find((path) => !isInArchive(path));
  if (found !== undefined) return found;
  const { language, package: package_, inside, name, variable, option } = sdk;
  throw new BulkheadError('SDK_NOT_FOUND', {
    sdk: { language, package: package_, inside, name, variable, option },
    setting: named === undefined ? undefined : setting,
    places: named === undefined ? programFolders() : [named],
    archive: holders[0],
  });
}

/** Where the package manager has put it, which may know other places than `node_modules`. */
function installed({ package: name, inside }: SdkFiles): string[] {
  try {
    return [join(dirname(requireFrom(import.meta.url).resolve(`${name}/package.json`)), inside)];
  } catch {
    return []; // not installed, or bundled as CommonJS, which has no `import.meta.url`
  }
}

/** Beside the program, or its package in a `node_modules` above. */
function surroundings(sdk: SdkFiles): string[] {
  return programFolders().flatMap((folder) => [folder, ...modulesAbove(folder, sdk)]);
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

function modulesAbove(folder: string, sdk: SdkFiles): string[] {
  const above = dirname(folder) === folder ? [] : modulesAbove(dirname(folder), sdk);
  return [join(folder, 'node_modules', sdk.package, sdk.inside), ...above];
}

/** Electron shows an archive as a folder, and puts the files that are kept out of it into a real one beside it. */
function unpacked(path: string): string {
  return path.replace(/\.asar(?=[\\/]|$)/, '.asar.unpacked');
}

/** Archives that Node is made to read: Electron's, and those in Yarn's cache. */
function isInArchive(path: string): boolean {
  return path.split(sep).some((part) => part.endsWith('.asar') || part.endsWith('.zip'));
}
