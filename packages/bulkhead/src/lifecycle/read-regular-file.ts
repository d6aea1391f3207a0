import { closeSync, constants, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';

/** Most files have less, and are read in one go: each wait would take many times as long. In larger ones others have a turn now and then. */
const CHUNK_BYTES = 64 * 1024;
/** Each chunk is read into this memory, and copied before anybody else has a turn: to make some for each takes longer. */
let chunk: Buffer | undefined;

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
    // Its size proves nothing: a file may grow, and those of /proc say 0. One byte more than `most` sees the end.
    const chunks: Buffer[] = [];
    for (let length = 0; length <= most;) {
      chunk ??= Buffer.allocUnsafeSlow(CHUNK_BYTES);
      const read = readSync(descriptor, chunk, 0, Math.min(CHUNK_BYTES, most + 1 - length), null);
      const [only] = chunks;
      if (read === 0) return chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks);
      chunks.push(Buffer.from(chunk.subarray(0, read)));
      length += read;
      if (read === CHUNK_BYTES) await setImmediate();
    }
    throw failure('EFBIG', `${file} has more than ${most} bytes`);
  } finally {
    closeSync(descriptor);
  }
}

/** Whether nothing is there. To hear it from the error of who tries to read it takes ten times as long, and most files are not there. */
export function isMissing(file: string): boolean {
  try {
    return statSync(file, { throwIfNoEntry: false }) === undefined;
  } catch {
    return false; // who reads it says what is wrong with it
  }
}

function failure(code: string, message: string): NodeJS.ErrnoException {
  return Object.assign(new Error(message), { code });
}
