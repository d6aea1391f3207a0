import { Argument, type Command } from 'commander';
import { nearestName } from '../lifecycle/nearest-name.ts';
import { COMPLETE, type Shell, SHELLS } from './completion/shell-scripts.ts';
import type { KeepExitCode } from './keep-exit-code.ts';
import type { Terminal } from './output/terminal.ts';

/** Adds the commands that tell of the others. */
export function addHelp(program: Command, terminal: Terminal, keep: KeepExitCode): void {
  program
    .command('help')
    .description('show the help of a command')
    .argument('[command]')
    .action((name: string | undefined) => {
      if (name === undefined) return program.outputHelp();
      const command = program.commands.find((each) => each.name() === name);
      if (command !== undefined) return command.outputHelp();
      const nearest = nearestName(
        name,
        program
          .createHelp()
          .visibleCommands(program)
          .map((each) => each.name()),
      );
      program.error(`error: unknown command '${name}'${nearest === undefined ? '' : `\n(Did you mean ${nearest}?)`}`);
    });
  program
    .command('completion')
    .description('print the script that lets a shell complete commands, options and plugins')
    .addArgument(new Argument('<shell>', 'yours').choices(SHELLS))
    .action(
      keep(async (shell: Shell) =>
        (await import('./commands/completion-command.ts')).completionCommand(shell, terminal),
      ),
    );
  program
    .command(COMPLETE, { hidden: true })
    .argument('[words...]')
    .action(
      keep(async (words: string[]) =>
        (await import('./commands/completion-command.ts')).completeCommand(program, words, terminal),
      ),
    );
}
