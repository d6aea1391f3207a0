import type { Command } from 'commander';
import { asReason } from '../errors/as-reason.ts';
import { BulkheadError } from '../errors/bulkhead-error.ts';
import { printError } from './output/print-error.ts';
import type { Terminal } from './output/terminal.ts';

/** Has mistakes in a command line reported as other errors are. Commands that are added later inherit it. */
export function reportUsageErrors(program: Command, terminal: Terminal): void {
  const { out, error, json } = terminal;
  program.configureOutput({
    writeOut: (text) => out.write(text),
    writeErr: (text) => error.write(text),
    getOutHelpWidth: () => out.columns,
    getErrHelpWidth: () => error.columns,
    outputError: (text, write) => {
      if (json) printError(usageError(text), terminal);
      else write(text.replace(/^error:/, error.colours.red(error.colours.bold('error:'))));
    },
  });
}

/** From commander's `error: unknown option '--jsno'\n(Did you mean --json?)`. */
function usageError(text: string): BulkheadError {
  const said = text
    .replace(/^error: /, '')
    .trim()
    .replace(/\n\((.*)\)$/, '. $1');
  return new BulkheadError('ARGUMENT_INVALID', { argument: 'command line', reason: asReason(said) });
}
