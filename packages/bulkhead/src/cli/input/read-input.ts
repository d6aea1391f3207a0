import { readFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { BulkheadError } from '../../errors/bulkhead-error.ts';
import { asReason } from '../../errors/as-reason.ts';
import { parseJson } from '../../views/parse-json.ts';
import { InputDecoder } from './decode-input.ts';
import { explainNotJson } from './explain-json.ts';

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
    const quoting = from === 'what was given' && !text.startsWith("'") ? QUOTING : '';
    throw invalid(asReason(`${from} is not JSON: ${explainNotJson(text, error as Error)}${quoting}`), error);
  }
}

const QUOTING = `. Quote it for the shell: --input '{"name": "Ada"}'; text has quotes of its own: --input '"Ada"'`;

async function textOf(given: string): Promise<{ text: string; from: string }> {
  if (given !== '-' && !given.startsWith('@')) return { text: given, from: 'what was given' };
  const from = given === '-' ? 'standard input' : given.slice(1);
  const bytes = given === '-' ? await buffer(process.stdin) : await bytesOf(from);
  try {
    return { text: new InputDecoder().decode(bytes, true), from };
  } catch (error) {
    throw invalid(`${from} can't be read: ${(error as Error).message}`, error);
  }
}

async function bytesOf(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw invalid(code === 'ENOENT' ? `there is no file ${file}` : `${file} can't be read: ${message}`, error);
  }
}

function invalid(reason: string, cause: unknown): BulkheadError {
  return new BulkheadError('ARGUMENT_INVALID', { argument: '--input', reason }, { cause });
}
