import { readFile } from 'node:fs/promises';
import { text as readAll } from 'node:stream/consumers';
import { BulkheadError } from '../../errors/bulkhead-error.ts';
import { parseJson } from '../../views/parse-json.ts';

/**
 * The value of `--input`: JSON itself, `@file`, or `-` for standard input. Nothing given is null, Python's None.
 *
 * @throws BulkheadError ARGUMENT_INVALID
 */
export async function readInput(given: string | undefined): Promise<unknown> {
  if (given === undefined) return null;
  const { text, from } = await textOf(given);
  try {
    return parseJson(text);
  } catch (error) {
    throw invalid(`${from} is not JSON: ${(error as Error).message}${from === 'what was given' ? QUOTING : ''}`, error);
  }
}

const QUOTING = `. Quote it for the shell: --input '{"name": "Ada"}'; text has quotes of its own: --input '"Ada"'`;

async function textOf(given: string): Promise<{ text: string; from: string }> {
  if (given === '-') return { text: await readAll(process.stdin), from: 'standard input' };
  if (!given.startsWith('@')) return { text: given, from: 'what was given' };
  const file = given.slice(1);
  try {
    // editors on Windows put a byte order mark in front
    return { text: (await readFile(file, 'utf8')).replace(/^\uFEFF/, ''), from: file };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw invalid(code === 'ENOENT' ? `there is no file ${file}` : `${file} can't be read: ${message}`, error);
  }
}

function invalid(reason: string, cause: unknown): BulkheadError {
  return new BulkheadError('ARGUMENT_INVALID', { argument: '--input', reason }, { cause });
}
