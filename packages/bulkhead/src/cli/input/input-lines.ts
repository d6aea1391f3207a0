import { open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { BulkheadError } from '../../errors/bulkhead-error.ts';
import { asReason } from '../../errors/as-reason.ts';
import { InputDecoder } from './decode-input.ts';
import { explainNotJson } from './explain-json.ts';
import { parseJson } from '../../views/parse-json.ts';

/**
 * The value of `--input-lines`: a file, or `-` for standard input, whose lines are JSON values each. Blank lines are passed over.
 *
 * @throws BulkheadError ARGUMENT_INVALID, also for a line, when that is read
 */
export async function inputLines(given: string): Promise<AsyncIterable<unknown>> {
  const { stream, name } = await openLines(given);
  const values = valuesIn(stream, name);
  return {
    [Symbol.asyncIterator]: () => ({
      next: () => values.next(),
      return: async () => {
        stream.destroy(); // else the generator would wait for its next line before it ends
        return await values.return(undefined);
      },
    }),
  };
}

async function openLines(given: string): Promise<{ stream: Readable; name: string }> {
  if (given === '-') return { stream: process.stdin, name: 'standard input' };
  try {
    const file = await open(given);
    return { stream: file.createReadStream(), name: given };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw invalid(code === 'ENOENT' ? `there is no file ${given}` : `${given} can't be read: ${message}`, error);
  }
}

async function* valuesIn(stream: Readable, name: string): AsyncGenerator<unknown, undefined> {
  let number = 0;
  for await (const line of linesOf(chunksOf(stream, name))) {
    number += 1;
    if (line.trim() === '') continue;
    try {
      yield parseJson(line);
    } catch (error) {
      const reason = explainNotJson(line, error as Error);
      throw invalid(asReason(`line ${number} of ${name} is not JSON: ${reason}`), error);
    }
  }
}

async function* chunksOf(stream: Readable, name: string): AsyncGenerator<string> {
  const decoder = new InputDecoder();
  try {
    for await (const bytes of stream) yield decoder.decode(bytes as Uint8Array, false);
    yield decoder.decode(new Uint8Array(), true);
  } catch (error) {
    throw invalid(`${name} can't be read: ${(error as Error).message}`, error);
  }
}

/** Not `readline`, which also ends a line at U+2028: JSON may have that in a text. */
async function* linesOf(chunks: AsyncIterable<string>): AsyncGenerator<string> {
  let begun: string[] = [];
  for await (const text of chunks) {
    const [end = '', ...lines] = text.split('\n');
    begun.push(end);
    const rest = lines.pop();
    if (rest === undefined) continue;
    yield begun.join('');
    yield* lines;
    begun = [rest];
  }
  yield begun.join('');
}

function invalid(reason: string, cause: unknown): BulkheadError {
  return new BulkheadError('ARGUMENT_INVALID', { argument: '--input-lines', reason }, { cause });
}
