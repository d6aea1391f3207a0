import { constants, open } from 'node:fs/promises';

/**
 * Reads a file that somebody else put there: it may be a FIFO, a device, a link to one, or huge.
 *
 * @throws the file system's own error; one with the code EISDIR or EINVAL for what is no regular file, and EFBIG for more than
 * `most` bytes.
 */
export async function readRegularFile(file: string, most: number): Promise<Buffer> {
  // Without O_NONBLOCK, opening a FIFO waits until somebody writes to it.
  const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const found = await handle.stat();
    if (found.isDirectory()) throw failure('EISDIR', `${file} is a folder`);
    if (!found.isFile()) throw failure('EINVAL', `${file} is not a regular file`);
    // The size alone proves nothing: a file may grow, and those of /proc say 0.
    const chunks: Buffer[] = [];
    for await (const chunk of handle.createReadStream({ end: most, autoClose: false })) chunks.push(chunk as Buffer);
    const bytes = Buffer.concat(chunks);
    if (bytes.length > most) throw failure('EFBIG', `${file} has more than ${most} bytes`);
    return bytes;
  } finally {
    await handle.close();
  }
}

function failure(code: string, message: string): NodeJS.ErrnoException {
  return Object.assign(new Error(message), { code });
}
