import { CommanderError } from 'commander';
import { exitCodeOf } from '../errors/bulkhead-error.ts';
import type { KeepExitCode } from './keep-exit-code.ts';
import { printError } from './output/print-error.ts';
import { openTerminal } from './output/terminal.ts';
import { tellOfMisspeltVariables } from './output/misspelt-variables.ts';
import { programWith } from './program.ts';

const USAGE_EXIT_CODE = 2;

/** Runs `bulkhead` with these arguments, and answers its exit status. Only the command that is asked for is loaded. */
export async function runCommandLine(parameters: readonly string[]): Promise<number> {
  // looked for before the arguments are parsed, so that a mistake in them is reported as JSON, too
  const terminal = openTerminal(parameters.includes('--json'));
  tellOfMisspeltVariables(process.env, terminal);
  let exitCode = 0;
  const keep: KeepExitCode =
    (command) =>
    async (...given) => {
      exitCode = await command(...given);
    };
  const end = parameters.indexOf('--');
  const program = programWith(terminal, keep, end < 0 ? [] : parameters.slice(end + 1));
  try {
    await program.parseAsync(parameters, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : USAGE_EXIT_CODE;
    printError(error, terminal);
    return exitCodeOf(error);
  }
}
