import type * as FileSystem from 'node:fs';

/**
 * Renews the lock file that holds `token`: its time of change becomes the file system's now. False when the lock is another's
 * by now. It writes into the very file that it has read, so that a lock which changes hands meanwhile is never renewed for
 * its new owner; and it looks again afterwards, because who takes a lock over first moves its file away and then looks
 * whether it was renewed.
 *
 * It runs in a worker, too, to which it is sent as text: it must not name anything from outside.
 */
export function renewLease(fs: typeof FileSystem, file: string, token: string): boolean {
  let descriptor;
  try {
    descriptor = fs.openSync(file, 'r+');
    if (!fs.readFileSync(descriptor, 'utf8').includes(token)) return false;
    fs.writeSync(descriptor, '{', 0);
  } catch (error) {
    // A full or broken disk renews nothing, but takes nothing away either.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
  } finally {
    if (descriptor !== undefined) fs.closeSync(descriptor);
  }
  try {
    return fs.readFileSync(file, 'utf8').includes(token);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ENOENT';
  }
}
