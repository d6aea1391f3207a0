import { decodeText } from '../../lifecycle/decode-text.ts';
import { BulkheadError } from '../../errors/bulkhead-error.ts';
import { isMissing, readRegularFile } from '../../lifecycle/read-regular-file.ts';

/** A plugin's own file has at most this many bytes: a lock file of thousands of packages is far smaller. */
const LARGEST_FILE = 16 * 1024 ** 2;

/**
 * The text of a file in a plugin's folder, which may hold anything by that name; undefined if there is no such file.
 *
 * @throws BulkheadError `MANIFEST_INVALID` for a FIFO, a device, a file that is too large or may not be read
 */
export async function readPluginFile(plugin: string, file: string): Promise<string | undefined> {
  if (isMissing(file)) return undefined;
  try {
    return decodeText(await readRegularFile(file, LARGEST_FILE));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EISDIR') return undefined;
    if (code === 'EMFILE' || code === 'ENFILE') throw error;
    const mistakes = [{ file, line: 1, column: 1, message: `the file can't be read (${code ?? message})` }];
    throw new BulkheadError('MANIFEST_INVALID', { plugin, mistakes }, { cause: error });
  }
}
