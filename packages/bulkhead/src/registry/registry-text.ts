import { readdir } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { BulkheadError } from '../errors/bulkhead-error.ts';
import { readSourceText, type SourceText } from './source-text.ts';

/** @throws BulkheadError REGISTRY_NOT_FOUND */
export async function readRegistryText(file: string): Promise<SourceText> {
  try {
    return await readSourceText(file);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const isMissing = code === 'ENOENT' || code === 'ENOTDIR';
    const found = isMissing ? { instead: await fileInstead(file) } : { reason: message };
    throw new BulkheadError('REGISTRY_NOT_FOUND', { file, ...found }, { cause: error });
  }
}

/** A file beside it whose name differs in case or kind only, such as plugins.yml. */
async function fileInstead(file: string): Promise<string | undefined> {
  const names = await readdir(dirname(file)).catch(() => []);
  const wanted = basename(file, extname(file)).toLowerCase();
  const found = names.find(
    (name) => /\.(?:ya?ml|json)$/i.test(name) && basename(name, extname(name)).toLowerCase() === wanted,
  );
  return found === undefined ? undefined : join(dirname(file), found);
}
