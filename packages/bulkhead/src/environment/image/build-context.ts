import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { isMadeByTools } from '../../lifecycle/made-by-tools.ts';
import { DockerIgnore } from './docker-ignore.ts';
import type { ArchiveEntry } from './tar-archive.ts';

/** What a build is made of. */
export interface BuildContext {
  readonly entries: readonly ArchiveEntry[];
  /** Over names, modes and contents. */
  readonly hash: string;
}

/** Bytes. Of larger files size and time stand for the content: to read them at each start would take seconds. */
const LARGEST_READ = 4 * 1024 ** 2;
const LENGTH = 16;

/**
 * The files of a folder that a build gets: all but what .dockerignore and tools' leavings (`.git`, `__pycache__`, `.venv`, …)
 * keep out.
 *
 * @throws Error of the file system
 */
export async function buildContext(folder: string, signal: AbortSignal): Promise<BuildContext> {
  const entries: ArchiveEntry[] = [];
  await gather(folder, '', await DockerIgnore.of(folder), entries, signal);
  const hash = createHash('sha256');
  for (const { name, path, stats, target } of entries) {
    signal.throwIfAborted();
    hash.update(`\0${name}\0${(stats.mode & 0o777).toString(8)}\0${target ?? ''}\0`);
    if (!stats.isFile()) continue;
    hash.update(`${stats.size}\0`);
    if (stats.size > LARGEST_READ) hash.update(String(stats.mtimeMs));
    else for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) hash.update(chunk);
  }
  return { entries, hash: hash.digest('hex').slice(0, LENGTH) };
}

async function gather(
  folder: string,
  above: string,
  ignore: DockerIgnore,
  entries: ArchiveEntry[],
  signal: AbortSignal,
): Promise<void> {
  for (const each of (await readdir(folder)).toSorted()) {
    signal.throwIfAborted();
    const name = `${above}${each}`;
    if (isMadeByTools(name)) continue;
    const path = join(folder, each);
    const stats = await lstat(path);
    const isExcluded = ignore.excludes(name);
    if (!isExcluded && (stats.isFile() || stats.isDirectory() || stats.isSymbolicLink())) {
      const target = stats.isSymbolicLink() ? await readlink(path) : undefined;
      entries.push({ name, path, stats, target });
    }
    if (stats.isDirectory() && !(isExcluded && ignore.isFinal)) await gather(path, `${name}/`, ignore, entries, signal);
  }
}
