import { chmodSync, lstatSync, mkdirSync, type Stats, statSync } from 'node:fs';
import { dirname } from 'node:path';

const PRIVATE = 0o700;
const OTHERS = 0o077;
const OTHERS_WRITE = 0o022;

/** Why a folder can't be trusted, and what to do about it. */
export interface Distrust {
  readonly reason: string;
  readonly cure: string;
}

/** Makes a folder and its missing parents, for this user alone, whatever the umask. Leaves a folder that exists as it is. */
export function makePrivateFolder(folder: string): void {
  try {
    mkdirSync(folder, { mode: PRIVATE });
    chmodSync(folder, PRIVATE); // the umask may have taken what is needed
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' && statSync(folder).isDirectory()) return;
    if (code !== 'ENOENT' || dirname(folder) === folder) throw error;
    makePrivateFolder(dirname(folder));
    makePrivateFolder(folder);
  }
}

/** Closes a folder of this user to all others. */
export function closeToOthers(folder: string): void {
  if (process.platform !== 'win32' && (statSync(folder).mode & 0o777) !== PRIVATE) chmodSync(folder, PRIVATE);
}

/** Whether only this user can enter a folder, and so reach what is in it. */
export function isClosedToOthers(folder: string): boolean {
  return ((lookAt(folder)?.mode ?? 0) & OTHERS) === 0;
}

/**
 * Says why another user may have put something into a folder: the folder is theirs, or they may write to it. Undefined if only
 * this user can write to it, or it does not exist, and always on Windows.
 */
export function distrustOf(folder: string): Distrust | undefined {
  const user = process.getuid?.();
  const itself = lookAt(folder, lstatSync);
  if (user === undefined || itself === undefined) return undefined;
  const folderBehind = lookAt(folder);
  const elsewhere = 'Name a folder of your own in BULKHEAD_HOME; a new one inside of this one will do.';
  if (itself.uid !== user)
    return { reason: `it belongs to the user ${itself.uid}, and this process runs as ${user}`, cure: elsewhere };
  if (folderBehind === undefined) return { reason: 'it is a link to nothing', cure: 'Remove the link.' };
  if (folderBehind.uid !== user)
    return { reason: `it is a link to a folder of the user ${folderBehind.uid}`, cure: elsewhere };
  if (!folderBehind.isDirectory()) return { reason: 'it is not a folder', cure: elsewhere };
  if ((folderBehind.mode & OTHERS_WRITE) === 0) return undefined;
  return {
    reason: `others may write to it (its mode is ${(folderBehind.mode & 0o7777).toString(8)})`,
    cure: `If all in it is yours, run \`chmod go-w ${folder}\`; else delete it. What it holds can be made anew.`,
  };
}

function lookAt(path: string, look: (path: string) => Stats = statSync): Stats | undefined {
  try {
    return look(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
