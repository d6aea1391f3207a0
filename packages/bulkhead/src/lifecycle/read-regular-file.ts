import { constants, open } from 'node:fs/promises';

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
  const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK | follow);
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
