import { existsSync } from 'node:fs';
import { readdir, stat, utimes } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { HeldLock } from '../lifecycle/file-lock.ts';
import { identityOfFolder } from './build/build-folders.ts';
import { fileOfRecord, readableRecord } from './build/environment-record.ts';
import { fileOfContents } from './contents/file-of-contents.ts';
import { MSGPACK_VERSION } from './fetched/accelerator-release.ts';
import { DEBUGPY_FOLDER } from './fetched/debugger-package.ts';
import { UV_VERSION } from './fetched/uv-release.ts';
import { sizeOf } from './size-of.ts';
import type { StateFolder } from './state-folder.ts';

/** Something in the state folder that nobody has used for long. */
export interface Unused {
  readonly kind: 'environment' | 'unfinished environment' | 'tool' | 'byte code' | 'description' | 'remains';
  /** Absolute. */
  readonly path: string;
  /** Bytes; files that several environments share by hard links count in each. */
  readonly size: number;
  readonly lastUsed: Date;
}

export interface PruneOptions {
  /** Spare what was used after this time. */
  readonly before: Date;
  /** Environments that are in use, or that somebody is known to need. */
  readonly spared: ReadonlySet<string>;
}

/** What nobody has used for so long is told as unused, unless another time is asked for. */
export const PRUNED_MILLISECONDS: number = 30 * 24 * 3_600_000;

/** The names of what this version fetches begin so. */
const OWN_TOOLS = [`uv-${UV_VERSION}`, `msgpack-${MSGPACK_VERSION}-`, DEBUGPY_FOLDER];

/** Notes that an environment is used now. A state folder that can't be written to is used all the same. */
export async function noteUse(prefix: string): Promise<void> {
  const now = new Date();
  await utimes(fileOfRecord(prefix), now, now).catch(() => undefined);
}

/** What `prune` would remove, the longest unused first. */
export async function findUnused(state: StateFolder, { before, spared }: PruneOptions): Promise<Unused[]> {
  const found = await Promise.all([
    ...(await pathsIn(state.environments)).map((path) => (spared.has(path) ? undefined : environment(path))),
    ...(await pathsIn(state.tools)).map((path) => (isOwnTool(path) ? undefined : entry('tool', path))),
    ...(await pathsIn(state.bytecode)).map((path) => entry('byte code', path)),
    ...(await pathsIn(state.descriptions)).map((path) => entry('description', path)),
    ...[...(await pathsIn(state.builds)), ...(await pathsIn(state.trash))].map((path) => entry('remains', path)),
    ...(await pathsIn(state.contents)).map((path) =>
      hasEnvironment(state, path) ? undefined : entry('remains', path),
    ),
  ]);
  return found
    .filter((unused) => unused !== undefined)
    .filter(({ lastUsed }) => lastUsed < before)
    .toSorted((one, other) => one.lastUsed.getTime() - other.lastUsed.getTime());
}

/**
 * Removes what is unused, unless somebody has begun to use or build it meanwhile.
 *
 * @returns what was removed
 */
export async function prune(state: StateFolder, unused: readonly Unused[], signal: AbortSignal): Promise<Unused[]> {
  const removed: Unused[] = [];
  for (const each of unused) {
    signal.throwIfAborted();
    const lock = await lockOf(state, each.path, signal);
    if (lock === undefined) continue;
    try {
      const now = each.kind === 'environment' ? await environment(each.path) : each;
      if (now === undefined || now.lastUsed > each.lastUsed) continue;
      await state.discard(each.path);
      if (each.kind === 'environment') await state.discard(fileOfContents(state, each.path));
      removed.push(each);
    } finally {
      lock.release();
    }
  }
  return removed;
}

/** The lock of those who build or fetch it; undefined: somebody does. */
async function lockOf(state: StateFolder, path: string, signal: AbortSignal): Promise<{ release(): void } | undefined> {
  const name = identityOfFolder(path) ?? basename(path);
  const isHeld = (held: HeldLock): Error => new Error(`held by ${held.owner.purpose}`);
  const waiting = { signal, limit: 0, onWait: () => {}, onTooLong: isHeld };
  return await state.locks.take([`${name}.lock`], 'removing what is unused', waiting).catch((error: unknown) => {
    if (signal.aborted) throw error;
    return undefined;
  });
}

async function environment(path: string): Promise<Unused | undefined> {
  const isComplete = readableRecord(path) !== undefined;
  const used = await stat(isComplete ? fileOfRecord(path) : path).catch(() => undefined);
  if (used === undefined) return undefined;
  const kind = isComplete ? 'environment' : 'unfinished environment';
  return { kind, path, size: await sizeOf(path), lastUsed: used.mtime };
}

async function entry(kind: Unused['kind'], path: string): Promise<Unused | undefined> {
  const found = await stat(path).catch(() => undefined);
  return found === undefined ? undefined : { kind, path, size: await sizeOf(path), lastUsed: found.mtime };
}

/** A record of contents belongs to the environment of its name. */
function hasEnvironment(state: StateFolder, contents: string): boolean {
  return existsSync(join(state.environments, basename(contents, '.json')));
}

function isOwnTool(path: string): boolean {
  return OWN_TOOLS.some((name) => basename(path).startsWith(name));
}

async function pathsIn(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  return names.map((name) => join(folder, name));
}
