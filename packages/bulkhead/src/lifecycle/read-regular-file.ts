import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';

/** Most files have less, and are read in one go: each wait would take many times as long. In larger ones others have a turn now and then. */
const CHUNK_BYTES = 64 * 1024;
const SMALLEST_CHUNK_BYTES = 4096;

/**
 * Reads a file that somebody else put there: it may be a FIFO, a device, a link to one, or huge.
 *
 * @param most bytes
 * @param links whether a link is read as what it leads to, or refused
 * @throws the file system's own error; one with the code EISDIR or EINVAL for what is no regular file, EFBIG for more than `most`
 * bytes, ELOOP for a link that is refused.
 */
export async function readRegularFile(
  file: string,
  most: number,
  links: 'followed' | 'refused' = 'followed',
): Promise<Buffer> {
  // Without O_NONBLOCK, opening a FIFO waits until somebody writes to it.
  const follow = links === 'followed' ? 0 : constants.O_NOFOLLOW;
  const descriptor = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK | follow);
  try {
    const found = fstatSync(descriptor);
    if (found.isDirectory()) throw failure('EISDIR', `${file} is a folder`);
    if (!found.isFile()) throw failure('EINVAL', `${file} is not a regular file`);
    // The size alone proves nothing: a file may grow, and those of /proc say 0.
    // What is larger than it said is read on in chunks as large. One byte more sees the end.
    const room = Math.min(CHUNK_BYTES, Math.max(SMALLEST_CHUNK_BYTES, found.size + 1));
    const chunks: Buffer[] = [];
    for (let length = 0; length <= most;) {
      const chunk = Buffer.allocUnsafe(Math.min(room, most + 1 - length));
      const read = readSync(descriptor, chunk);
      if (read === 0) return Buffer.concat(chunks);
      chunks.push(chunk.subarray(0, read));
      length += read;
      if (read === CHUNK_BYTES) await setImmediate();
    }
    throw failure('EFBIG', `${file} has more than ${most} bytes`);
  } finally {
    closeSync(descriptor);
  }
}

function failure(code: string, message: string): NodeJS.ErrnoException {
  return Object.assign(new Error(message), { code });
}
