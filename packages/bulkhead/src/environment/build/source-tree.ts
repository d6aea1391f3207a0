import { createHash, type Hash } from 'node:crypto';
import { closeSync, constants, openSync, readSync, type Stats, statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { isMadeByBuilds } from '../../lifecycle/made-by-tools.ts';
import { TurnBudget } from '../../lifecycle/turn-budget.ts';
import { GitIgnore } from './git-ignore.ts';

/** A project's files, as they are now. */
export interface TreeState {
  /** Over names and contents. */
  readonly hash: string;
  /** When the last of them was changed: milliseconds since 1970, by the file system. */
  readonly changed: number;
}

/** Entries of one tree that are looked at. A project's own sources are hundreds; beyond are data that git should ignore. */
const MOST_ENTRIES = 20_000;
/** Bytes of one tree, and of one file, that are read. Of other files size and time stand for the content. */
const MOST_BYTES = 64 * 1024 ** 2;
const LARGEST_FILE = 4 * 1024 ** 2;

interface Walk {
  readonly hash: Hash;
  readonly top: string;
  readonly readsFiles: boolean;
  readonly holds: TreeOptions['holds'];
  /** Real folders on the way down, by device and number: a link may lead back up. */
  readonly seen: Set<string>;
  readonly budget: TurnBudget;
  entries: number;
  bytes: number;
  changed: number;
}

interface TreeOptions {
  /** `time`: reads no file; its size and time stand for its content, so a copy is another tree. */
  readonly by?: 'content' | 'time';
  /** `package`: what is built, and what git ignores, counts as well; what npm has installed does not. */
  readonly holds?: 'sources' | 'package';
}

/**
 * What git ignores, and what tools make, is left out of a tree of sources. Files are read in one go, because a wait for each would take many times as
 * long; in slices, because the host has calls to serve.
 */
export async function treeState(
  top: string,
  { by = 'content', holds = 'sources' }: TreeOptions = {},
): Promise<TreeState> {
  const budget = new TurnBudget();
  const readsFiles = by === 'content';
  const walk: Walk = {
    hash: createHash('sha256'),
    top,
    readsFiles,
    holds,
    seen: new Set(),
    budget,
    entries: 0,
    bytes: 0,
    changed: 0,
  };
  budget.renew();
  await addFolder(walk, top, await GitIgnore.at(top));
  return { hash: walk.hash.digest('hex'), changed: walk.changed };
}

async function addFolder(walk: Walk, folder: string, ignore: GitIgnore): Promise<void> {
  const found = stateOf(folder);
  const key = `${found?.dev} ${found?.ino}`;
  if (found === undefined || walk.seen.has(key)) return;
  walk.seen.add(key);
  for (const name of (await readdir(folder).catch(() => [])).toSorted()) {
    if (walk.entries >= MOST_ENTRIES) return;
    walk.entries += 1;
    const inner = add(walk, join(folder, name), ignore);
    if (inner !== undefined) await addFolder(walk, inner, await ignore.into(inner));
    if (walk.budget.isLeft) continue;
    await setImmediate();
    walk.budget.renew();
  }
}

/** What npm never packs. */
const NOT_PACKED = /(?:^|[\\/])(?:node_modules|\.git)(?:$|[\\/])/;

/** Adds a file. @returns the path if it is a folder, which is not added */
function add(walk: Walk, path: string, ignore: GitIgnore): string | undefined {
  const inside = relative(walk.top, path);
  if (walk.holds === 'package' ? NOT_PACKED.test(inside) : isMadeByBuilds(inside)) return undefined;
  const found = stateOf(path);
  if (found === undefined || (walk.holds !== 'package' && ignore.ignores(path, found.isDirectory()))) return undefined;
  if (found.isDirectory()) return path;
  if (!found.isFile()) return undefined;
  walk.changed = Math.max(walk.changed, found.ctimeMs);
  walk.hash.update(`\0${inside.split(sep).join('/')}\0${found.mode & 0o111}\0${found.size}\0`);
  const isRead = walk.readsFiles && found.size <= LARGEST_FILE && walk.bytes + found.size <= MOST_BYTES;
  if (isRead) walk.bytes += found.size;
  walk.hash.update((isRead ? contentOf(path, found.size) : undefined) ?? `${found.mtimeMs}`);
  return undefined;
}

/** Undefined: it leads nowhere, in a circle, or may not be entered. */
function stateOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

/** Undefined if it can't be read, or is no longer a file of that size. */
function contentOf(path: string, size: number): Buffer | undefined {
  let descriptor: number | undefined;
  try {
    // without O_NONBLOCK a FIFO that took its place would stop the host
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const content = Buffer.allocUnsafe(size);
    return readSync(descriptor, content) === size ? content : undefined;
  } catch {
    return undefined;
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}
