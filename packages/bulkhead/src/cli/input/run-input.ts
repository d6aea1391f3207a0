import { BulkheadError } from '../../errors/bulkhead-error.ts';
import { withFiles } from './file-parts.ts';
import { inputLines } from './input-lines.ts';
import { readInput } from './read-input.ts';

export interface InputOptions {
  readonly input?: string;
  readonly inputLines?: string;
  readonly inputLinesKey?: string;
  /** Each `KEY=PATH`. */
  readonly file?: readonly string[];
}

/** The input of `bulkhead run`: the value of `--input`, a stream of lines, or the value with the stream at a key; with files at others. */
export async function runInput({ file = [], ...options }: InputOptions): Promise<unknown> {
  return await withFiles(await valueAndLines(options), file);
}

async function valueAndLines({ input, inputLines: lines, inputLinesKey: key }: InputOptions): Promise<unknown> {
  if (lines === undefined) {
    if (key !== undefined) throw invalid('--input-lines-key', 'there are no --input-lines for it');
    return await readInput(input);
  }
  if (input === undefined) return key === undefined ? await inputLines(lines) : { [key]: await inputLines(lines) };
  if (key === undefined)
    throw invalid('--input-lines', 'beside --input, name the key where they are to stand: --input-lines-key rows');
  if (input === '-' && lines === '-') throw invalid('--input-lines', '--input reads standard input already');
  const rest = await readInput(input);
  if (typeof rest !== 'object' || rest === null || Array.isArray(rest) || ArrayBuffer.isView(rest))
    throw invalid('--input', 'it has no keys, and --input-lines-key names one of them');
  return { ...rest, [key]: await inputLines(lines) };
}

function invalid(argument: string, reason: string): BulkheadError {
  return new BulkheadError('ARGUMENT_INVALID', { argument, reason });
}
