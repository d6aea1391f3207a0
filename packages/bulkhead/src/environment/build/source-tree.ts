import { createHash, type Hash } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { isMadeByBuilds } from '../../lifecycle/made-by-tools.ts';
import { readRegularFile } from '../../lifecycle/read-regular-file.ts';
import { GitIgnore } from './git-ignore.ts';

/** A project's files, as they are now. */
export interface TreeState {
  /** Over names and contents. */
  readonly hash: string;
  /** When the last of them was changed: milliseconds since 1970, by the file system. */
  readonly changed: number;
}

/** Files of one tree that are looked at. A project's own sources are hundreds; beyond are data that git should ignore. */
const MOST_FILES = 20_000;
/** Bytes of one tree that are read. Of the files behind them size and time stand for the content. */
const MOST_BYTES = 64 * 1024 ** 2;

interface Walk {
  readonly hash: Hash;
  readonly top: string;
  /** Real folders on the way down, by device and number: a link may lead back up. */
  readonly seen: Set<string>;
  files: number;
  bytes: number;
  changed: number;
}

/** What git ignores, and what tools make, is left out. */
export async function treeState(top: string): Promise<TreeState> {
  const walk: Walk = { hash: createHash('sha256'), top, seen: new Set(), files: 0, bytes: 0, changed: 0 };
  await addFolder(walk, top, await GitIgnore.at(top));
  return { hash: walk.hash.digest('hex'), changed: walk.changed };
}

async function addFolder(walk: Walk, folder: string, ignore: GitIgnore): Promise<void> {
  const found = await stat(folder).catch(() => undefined);
  const key = `${found?.dev} ${found?.ino}`;
  if (found === undefined || walk.seen.has(key)) return;
  walk.seen.add(key);
  for (const name of (await readdir(folder).catch(() => [])).toSorted()) {
    if (walk.files >= MOST_FILES) return;
    await add(walk, join(folder, name), ignore);
  }
}

async function add(walk: Walk, path: string, ignore: GitIgnore): Promise<void> {
  const inside = relative(walk.top, path);
  if (isMadeByBuilds(inside)) return;
  const found = await stat(path).catch(() => undefined);
  if (found === undefined || ignore.ignores(path, found.isDirectory())) return;
  if (found.isDirectory()) return await addFolder(walk, path, await ignore.into(path));
  if (!found.isFile()) return;
  walk.files += 1;
  walk.changed = Math.max(walk.changed, found.ctimeMs);
  walk.hash.update(`\0${inside.split(sep).join('/')}\0${found.mode & 0o111}\0${found.size}\0`);
  walk.bytes += found.size;
  const text = walk.bytes > MOST_BYTES ? undefined : await readRegularFile(path, MOST_BYTES).catch(() => undefined);
  walk.hash.update(text ?? `${found.mtimeMs}`);
}
