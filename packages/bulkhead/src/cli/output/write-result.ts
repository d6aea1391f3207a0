import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { types } from 'node:util';
import { jsonText } from '../../views/json-text.ts';
import { fileFailure } from '../files/file-failure.ts';
import { isStream } from './print-result.ts';
import { sizeText } from './size-text.ts';
import type { Terminal } from './terminal.ts';

/**
 * Writes the result of a call into a file: bytes as they are, text as it is, all else as a line of JSON; of a stream one chunk after
 * the other, as they come.
 *
 * @throws BulkheadError when the file can't be written; what the stream throws
 */
export async function writeResult(result: unknown, file: string, { error }: Terminal): Promise<void> {
  const chunks = isStream(result) ? result : [result];
  let size = 0;
  async function* bytes(): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      const written = bytesOf(chunk);
      size += written.length;
      yield written;
    }
  }
  const source = Readable.from(bytes());
  let failure: unknown;
  source.once('error', (thrown) => (failure = thrown));
  try {
    await pipeline(source, createWriteStream(file));
  } catch (thrown) {
    throw failure ?? fileFailure(thrown, '--output', file);
  }
  error.write(`Wrote ${file} (${sizeText(size)}).\n`);
}

function bytesOf(value: unknown): Uint8Array {
  if (types.isUint8Array(value)) return value;
  return Buffer.from(typeof value === 'string' ? value : `${jsonText(value, { pretty: false })}\n`);
}
