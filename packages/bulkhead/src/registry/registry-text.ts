import { BulkheadError } from '../errors/bulkhead-error.ts';
import { readSourceText, type SourceText } from './source-text.ts';

/** @throws BulkheadError REGISTRY_NOT_FOUND */
export async function readRegistryText(file: string): Promise<SourceText> {
  try {
    return await readSourceText(file);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const isMissing = code === 'ENOENT' || code === 'ENOTDIR';
    throw new BulkheadError(
      'REGISTRY_NOT_FOUND',
      { file, ...(isMissing ? {} : { reason: message }) },
      { cause: error },
    );
  }
}
