import { readFile } from 'node:fs/promises';
import { BulkheadError } from '../../errors/bulkhead-error.ts';
import { isRecord } from '../../lifecycle/is-record.ts';

/**
 * The input of `bulkhead run` with the bytes of files at keys of it.
 *
 * @param files as they were given, each `KEY=PATH`
 * @throws BulkheadError `ARGUMENT_INVALID`
 */
export async function withFiles(input: unknown, files: readonly string[]): Promise<unknown> {
  if (files.length === 0) return input;
  if (input !== null && (!isRecord(input) || ArrayBuffer.isView(input)))
    throw invalid('the input has no keys, at which files could stand');
  const parts = await Promise.all(files.map(async (file) => await readPart(file)));
  return { ...input, ...Object.fromEntries(parts) };
}

async function readPart(given: string): Promise<[string, Uint8Array]> {
  const [, key, path] = /^([^=]+)=(.+)$/s.exec(given) ?? [];
  if (key === undefined || path === undefined) throw invalid(`expected KEY=PATH, found "${given}"`);
  try {
    return [key, await readFile(path)];
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw invalid(code === 'ENOENT' ? `there is no file ${path}` : `${path} can't be read: ${message}`, error);
  }
}

function invalid(reason: string, cause?: unknown): BulkheadError {
  return new BulkheadError('ARGUMENT_INVALID', { argument: '--file', reason }, { cause });
}
