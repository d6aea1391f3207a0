import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { FILE_OF_RECORD } from '../build/environment-record.ts';
import { SDK_FILE, sdkLine } from '../build/sdk-for-tools.ts';
import type { BuiltRuntime } from '../build/contents.ts';
import type { StateFolder } from '../state-folder.ts';
import { makeByteCodeAnew } from './byte-code.ts';
import { compare } from './changed-files.ts';
import type { ChangedFile } from '../../errors/catalogue/environment.ts';
import { digestOf, readContents, startOf, statesIn, writeContents } from './contents-record.ts';
import { fileOfContents } from './file-of-contents.ts';
import { type FileStates, filesOf } from './files-of.ts';
import { type Inventory, takeInventory } from './inventory.ts';

/** Writes down what an environment holds, as the last step of its build. @param known what of it has been read before */
export async function recordContents(state: StateFolder, runtime: BuiltRuntime, known: Inventory): Promise<void> {
  const inventory = await takeInventory(runtime.prefix, await filesIn(state, runtime), known);
  writeContents(state, runtime.prefix, startOf(runtime), inventory);
}

/**
 * Finds what has been changed in an environment since it was built. Where all files have the states in which they were read last, none
 * is read. Byte code that others have written is made anew.
 *
 * @param read digests by prefix of what this host has read, for folders that can't be written to
 * @throws the file system's error; the signal's reason
 */
export async function changesIn(
  state: StateFolder,
  runtime: BuiltRuntime,
  read: Map<string, string | undefined>,
  signal: AbortSignal,
): Promise<readonly ChangedFile[]> {
  const { prefix, python } = runtime;
  const record = await readContents(state, prefix);
  if (record === undefined) return [{ path: relative(prefix, fileOfContents(state, prefix)), change: 'removed' }];
  if (record.start !== startOf(runtime)) return [{ path: FILE_OF_RECORD, change: 'changed' }];
  const states = await filesIn(state, runtime);
  const digest = digestOf(states);
  if (digest !== undefined && [record.digest, read.get(prefix)].includes(digest)) return [];
  const { intact, changes, foreignByteCode } = await compare(prefix, record.inventory(), states);
  if (changes.length > 0) return changes;
  const made =
    foreignByteCode.length === 0
      ? []
      : await makeByteCodeAnew({ prefix, python: python?.executable, modules: intact }, foreignByteCode, signal);
  const inventory = new Map([...intact, ...made]);
  read.set(prefix, digestOf(statesIn(inventory)));
  try {
    writeContents(state, prefix, record.start, inventory);
  } catch {
    // the next host reads it again
  }
  return [];
}

/** All but what the host itself writes there later. */
async function filesIn(state: StateFolder, runtime: BuiltRuntime): Promise<FileStates> {
  const { prefix } = runtime;
  const ofSdk = runtime.kind === 'python' ? relative(prefix, join(runtime.sitePackages, SDK_FILE)) : undefined;
  return await filesOf(prefix, (path) =>
    path === ofSdk
      ? isSdkLine(join(prefix, path), state)
      : path === FILE_OF_RECORD || path.startsWith(`.${FILE_OF_RECORD}.`),
  );
}

function isSdkLine(file: string, state: StateFolder): boolean {
  try {
    return readFileSync(file, 'utf8') === sdkLine(state);
  } catch {
    return false;
  }
}
