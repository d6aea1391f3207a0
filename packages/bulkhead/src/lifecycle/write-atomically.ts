import { randomBytes } from 'node:crypto';
import { closeSync, fchmodSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

export interface AtomicWriteOptions {
  /** Of the file from then on, whatever the umask. Default: only its owner may read and write it. */
  readonly mode?: number;
  /** Waits until the disk has it, for what can't be made anew after a power failure. */
  readonly isDurable?: boolean;
}

/**
 * Writes a file in an existing folder so that a reader, or a crash, sees the old text or the new one, never a part. A symbolic
 * link of that name is replaced, not followed. Until then the text lies in a file whose name begins with a dot.
 *
 * @throws the file system's error; the old text then stands as it was
 */
export function writeAtomically(
  file: string,
  text: string,
  { mode = 0o600, isDurable }: AtomicWriteOptions = {},
): void {
  const draft = join(dirname(file), `.${basename(file)}.${randomBytes(6).toString('hex')}`);
  try {
    const descriptor = openSync(draft, 'wx', mode);
    try {
      writeFileSync(descriptor, text);
      fchmodSync(descriptor, mode);
      if (isDurable === true) fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(draft, file);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
}
