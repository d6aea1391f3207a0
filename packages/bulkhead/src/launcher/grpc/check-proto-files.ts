import { dirname, resolve } from 'node:path';
import { readRegularFile } from '../../lifecycle/read-regular-file.ts';

/** Bytes. */
const LARGEST_FILE = 16 * 1024 * 1024;
const IMPORT = /\bimport\s+(?:public\s+|weak\s+)?["']([^"'\0]+)["']/g;

/**
 * Reads a .proto file and what it imports before the loader does, which blocks the host as it reads: it would wait at a pipe for ever.
 * What is not found is left to the loader, since an import may stand in a comment.
 *
 * @param folders in which imports are looked for, besides the folder of the file that has them
 * @throws the error of `readRegularFile`
 */
export async function checkProtoFiles(
  file: string,
  folders: readonly string[],
  seen: Set<string> = new Set(),
): Promise<void> {
  if (seen.has(file)) return;
  seen.add(file);
  const text = (await readRegularFile(file, LARGEST_FILE)).toString();
  for (const [, name = ''] of text.matchAll(IMPORT))
    for (const folder of [...folders, dirname(file)])
      await checkProtoFiles(resolve(folder, name), folders, seen).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR') throw error;
      });
}
