import { readFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { BulkheadError, exitCodeOf, isBulkheadError } from '../../errors/bulkhead-error.ts';
import { writeAtomically } from '../../lifecycle/write-atomically.ts';
import type { PluginDescription } from '../../manager/plugin-status.ts';
import { jsonText } from '../../views/json-text.ts';
import { fileFailure } from '../files/file-failure.ts';
import { registryOrExpected } from '../files/find-registry.ts';
import { describedPlugins } from '../output/described-plugins.ts';
import { printError } from '../output/print-error.ts';
import type { Terminal } from '../output/terminal.ts';
import { declarationsOf, WRITTEN_BY } from '../types/declarations.ts';
import { lineDifference } from '../types/line-difference.ts';

export interface TypesOptions {
  readonly registry?: string;
  readonly output?: string;
  readonly check?: boolean;
}

/** Beside the registry, unless another is named. */
const FILE_NAME = 'plugins.d.ts';
const STANDARD_OUTPUT = '-';
/** Of a file that others share through version control. */
const FILE_MODE = 0o644;
const OUT_OF_DATE = 1;

/** `bulkhead types`: writes declarations of the plugins' actions for TypeScript, or says how a file differs from them. */
export async function typesCommand(options: TypesOptions, terminal: Terminal): Promise<number> {
  const { registry: named, output, check = false } = options;
  const registry = registryOrExpected(named);
  const described = await describeAll(registry, terminal);
  if (typeof described === 'number') return described;
  const text = declarationsOf(described);
  if (output === STANDARD_OUTPUT && !check) {
    terminal.out.write(text);
    return 0;
  }
  const file = output === undefined ? join(dirname(registry), FILE_NAME) : resolve(output);
  const before = await ownText(file);
  const difference = lineDifference(before ?? '', text);
  if (!check && before !== text) {
    try {
      writeAtomically(file, text, { mode: FILE_MODE });
    } catch (error) {
      throw fileFailure(error, '--output', file);
    }
  }
  tell({ file, check, isThere: before !== undefined, difference }, terminal);
  return check && difference.length > 0 ? OUT_OF_DATE : 0;
}

/** @returns the exit status, if one of them can't be described: then what they have in common with the file is not known */
async function describeAll(registry: string, terminal: Terminal): Promise<readonly PluginDescription[] | number> {
  const plugins = await describedPlugins(registry, {}, terminal);
  if (typeof plugins === 'number') return plugins;
  const failures = plugins.flatMap(({ problem }) => (problem === undefined ? [] : [problem]));
  for (const error of failures) printError(error, terminal, { linesWereShown: true });
  if (failures.length > 0) return Math.max(...failures.map(exitCodeOf));
  return plugins.flatMap(({ description }) => description ?? []);
}

/** Undefined if there is none. @throws BulkheadError `FILE_EXISTS` for one that somebody else wrote */
async function ownText(file: string): Promise<string | undefined> {
  try {
    const text = await readFile(file, 'utf8');
    if (!text.startsWith(WRITTEN_BY)) throw new BulkheadError('FILE_EXISTS', { file });
    return text.replaceAll('\r\n', '\n'); // as git may have checked it out
  } catch (error) {
    if (isBulkheadError(error)) throw error;
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw fileFailure(error, '--output', file);
  }
}

interface Outcome {
  readonly file: string;
  readonly check: boolean;
  readonly isThere: boolean;
  readonly difference: readonly string[];
}

function tell({ file, check, isThere, difference }: Outcome, { out, error, json }: Terminal): void {
  const isCurrent = isThere && difference.length === 0;
  if (json) {
    out.write(
      `${jsonText({ file, current: isCurrent, written: !check && !isCurrent, difference }, { pretty: false })}\n`,
    );
    return;
  }
  const shown = relative(process.cwd(), file) || file;
  if (isCurrent) out.write(`${shown} is up to date.\n`);
  else if (!check) out.write(`Wrote ${shown}.\n`);
  else if (!isThere) error.write(`${shown} is missing. Run \`bulkhead types\`.\n`);
  else error.write(`${shown} is out of date. Run \`bulkhead types\`. What differs:\n${difference.join('\n')}\n`);
}
