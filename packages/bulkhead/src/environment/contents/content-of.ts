import { createHash } from 'node:crypto';
import { closeSync, constants, createReadStream, fstatSync, openSync, readlinkSync, readSync } from 'node:fs';

/** Bytes that are read and hashed at a time: the host has calls to serve meanwhile. */
const CHUNK = 1024 ** 2;

/** It is gone, it is closed, or it is a socket or a device. */
const UNREADABLE: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR', 'EACCES', 'EPERM', 'ENXIO', 'ENODEV']);

/**
 * What a path holds: the SHA-256 of a file, or where a link leads. Undefined: neither, or nobody may read it. A small file is read in
 * one go, because waits would take several times as long.
 *
 * @throws the file system's error, where it says nothing about the file
 */
export async function contentOf(path: string): Promise<string | undefined> {
  let descriptor: number | undefined;
  try {
    // without O_NONBLOCK a FIFO that took its place would stop the host
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
    const found = fstatSync(descriptor);
    if (!found.isFile()) return undefined;
    return found.size > CHUNK ? await streamed(descriptor) : inOneGo(descriptor, found.size);
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (code === 'ELOOP') return readlinkSync(path);
    if (UNREADABLE.has(code)) return undefined;
    throw error;
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

function inOneGo(descriptor: number, size: number): string {
  // one byte more shows whether it has grown
  const content = Buffer.allocUnsafe(size + 1);
  const length = readSync(descriptor, content, 0, size + 1, 0);
  return createHash('sha256').update(content.subarray(0, length)).digest('hex');
}

async function streamed(descriptor: number): Promise<string> {
  const hash = createHash('sha256');
  const content = createReadStream('', { fd: descriptor, start: 0, highWaterMark: CHUNK, autoClose: false });
  for await (const chunk of content) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
