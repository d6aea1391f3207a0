import { lstat, readdir, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';

const BLOCK_BYTES = 512;

/** Bytes that the scratch folder of a process takes, on disk or, in name spaces, in memory. Stops once it is over `most`. */
export async function scratchSize(
  pid: number,
  folder: string,
  most: number = Number.POSITIVE_INFINITY,
): Promise<number> {
  return (await sizeInMemory(pid, folder)) ?? (await sizeOnDisk(folder, most));
}

/** Of a file system that the process sees in place of the folder. */
async function sizeInMemory(pid: number, folder: string): Promise<number | undefined> {
  try {
    const seen = `/proc/${pid}/root${folder}`;
    const [inside, outside] = await Promise.all([stat(seen), stat(folder)]);
    if (inside.dev === outside.dev) return undefined;
    const { blocks, bfree, bsize } = await statfs(seen);
    return (blocks - bfree) * bsize;
  } catch {
    return undefined; // it is gone, or another user's
  }
}

/** As `du` counts. What is deleted meanwhile counts nothing. */
async function sizeOnDisk(folder: string, most: number): Promise<number> {
  let size = 0;
  const folders = [folder];
  for (let next = folders.pop(); next !== undefined && size <= most; next = folders.pop()) {
    for (const entry of await readdir(next, { withFileTypes: true }).catch(() => [])) {
      const path = join(next, entry.name);
      if (entry.isDirectory()) folders.push(path);
      size += ((await lstat(path).catch(() => undefined))?.blocks ?? 0) * BLOCK_BYTES;
    }
  }
  return size;
}
