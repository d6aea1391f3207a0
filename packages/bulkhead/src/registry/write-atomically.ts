import { randomUUID } from 'node:crypto';
import { open, realpath, rename, rm, stat } from 'node:fs/promises';
import { BulkheadError } from '../errors/bulkhead-error.ts';

/**
 * Replaces a file so that a reader, or a crash, sees the old text or the new one, never a part. Permissions stay, and a
 * symbolic link goes on pointing to the file.
 *
 * @throws BulkheadError ARGUMENT_INVALID when it can't be written.
 */
export async function writeAtomically(file: string, text: string): Promise<void> {
  try {
    const target = await realpath(file);
    await replace(target, text, (await stat(target)).mode);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new BulkheadError(
      'ARGUMENT_INVALID',
      { argument: file, reason: `can't be written: ${reason}` },
      { cause: error },
    );
  }
}

async function replace(target: string, text: string, mode: number): Promise<void> {
  const temporary = `${target}.${randomUUID()}.tmp`;
  try {
    const handle = await open(temporary, 'wx', mode & 0o777);
    try {
      await handle.writeFile(text);
      await handle.chmod(mode & 0o777);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
