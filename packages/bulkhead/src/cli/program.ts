import { Command, Option } from 'commander';
import { OWN_VERSION } from '../lifecycle/own-version.ts';
import type { AddOptions } from './commands/add-command.ts';
import type { CheckCommandOptions } from './commands/check-command.ts';
import type { DebugCommandOptions } from './commands/debug-command.ts';
import type { DescribeOptions } from './commands/describe-command.ts';
import type { DevOptions } from './commands/dev-command.ts';
import type { HooksOptions } from './commands/hooks-command.ts';
import type { InitOptions } from './commands/init-command.ts';
import type { NewOptions } from './commands/new-command.ts';
import type { PruneCommandOptions } from './commands/prune-command.ts';
import type { RunOptions } from './commands/run-command.ts';
import type { SyncOptions } from './commands/sync-command.ts';
import type { TypesOptions } from './commands/types-command.ts';
import { addVerify } from './verify/verify-options.ts';
import { addHelp } from './help-commands.ts';
import { EXAMPLES, MORE_HELP } from './help-text.ts';
import type { KeepExitCode } from './keep-exit-code.ts';
import type { Terminal } from './output/terminal.ts';
import { reportUsageErrors } from './usage-errors.ts';

/** Options that may stand before and after a command. */
export interface SharedOptions {
  readonly registry?: string;
}

/**
 * The commands of `bulkhead`, with their options.
 *
 * @param forOthers what stands behind `--`, which commander counts among the arguments of the command
 */
export function programWith(terminal: Terminal, keep: KeepExitCode, forOthers: readonly string[]): Command {
  const program = new Command('bulkhead')
    .description('A conflict-free plugin host: every plugin in its own process and its own environment.')
    .version(OWN_VERSION, '-v, --version', 'show the version')
    .helpOption('-h, --help', 'show this help')
    .helpCommand(false)
    .option(
      '-r, --registry <file>',
      'the registry, or its folder; otherwise the nearest plugins.yaml in this folder and those above it',
    )
    .configureHelp({ showGlobalOptions: true })
    .exitOverride()
    .addHelpText('after', MORE_HELP);
  reportUsageErrors(program, terminal);
  const shared = (): SharedOptions => program.opts<SharedOptions>();
  addFirstSteps(program, terminal, keep, shared);
  addDailyWork(program, terminal, keep, shared);
  addHooks(program, terminal, keep, shared);
  addDevelopment(program, terminal, keep, shared, forOthers);
  addVerify(program, terminal, keep, shared);
  addDebugging(program, terminal, keep, shared);
  addHelp(program, terminal, keep);
  for (const command of program.commands) {
    command.addHelpText('after', EXAMPLES[command.name()] ?? '');
    if (!terminal.json) command.showHelpAfterError(`See \`bulkhead ${command.name()} --help\`.`);
  }
  if (!terminal.json) program.showHelpAfterError('See `bulkhead --help`.');
  return program;
}

function addFirstSteps(program: Command, terminal: Terminal, keep: KeepExitCode, shared: () => SharedOptions): void {
  program
    .command('init')
    .description('write a registry, plugins.yaml, to begin with')
    .action(
      keep(async (options: InitOptions) =>
        (await import('./commands/init-command.ts')).initCommand({ ...shared(), ...options }, terminal),
      ),
    );
  program
    .command('new')
    .description('write a plugin that works, and add it to the registry')
    .argument('<name>', 'its id: lower-case letters, digits, "_" and "-"')
    .option('--path <folder>', 'where to write it; otherwise ./plugins/<name>')
    .option('--docker', 'have it run in a container: with a Dockerfile and a lock file')
    .addOption(
      new Option('--lang <language>', 'what it is written in; otherwise python').choices([
        'python',
        'typescript',
        'javascript',
      ]),
    )
    .action(
      keep(async (name: string, options: NewOptions) =>
        (await import('./commands/new-command.ts')).newCommand(name, { ...shared(), ...options }, terminal),
      ),
    );
  program
    .command('add')
    .description('say what a plugin conflicts with, add it to the registry, and make its environment')
    .argument('<path>', "the plugin's folder")
    .option('--share <name>', 'have it share the environment of the plugins with this `share`')
    .addOption(
      new Option('--isolation <tier>', 'have it run in a thread, beside the others that do, or in a process').choices([
        'thread',
        'process',
      ]),
    )
    .option('--offline', 'resolve and install nothing: it is compared by its requirements, and added')
    .option('--json', 'print JSON, as sync does')
    .action(
      keep(async (path: string, options: AddOptions) =>
        (await import('./commands/add-command.ts')).addCommand(path, { ...shared(), ...options }, terminal),
      ),
    );
  program
    .command('doctor')
    .description('look at what plugins need on this machine, and say what is missing')
    .option('--json', 'print JSON')
    .action(keep(async () => (await import('./commands/doctor-command.ts')).doctorCommand(shared(), terminal)));
}

function addDailyWork(program: Command, terminal: Terminal, keep: KeepExitCode, shared: () => SharedOptions): void {
  program
    .command('sync')
    .description('make the environments of all plugins, or of those named')
    .argument('[ids...]', 'the plugins; otherwise all')
    .option('-U, --upgrade', 'look for newer packages, where no lock file decides')
    .option(
      '--fix',
      "where packages install but can't be imported, write the first cure into the registry and try again",
    )
    .option('--json', 'print JSON')
    .action(
      keep(async (ids: string[], options: SyncOptions) =>
        (await import('./commands/sync-command.ts')).syncCommand(ids, { ...shared(), ...options }, terminal),
      ),
    );
  for (const [name, enabled] of [
    ['disable', false],
    ['enable', true],
  ] as const)
    program
      .command(name)
      .description(
        enabled
          ? 'take plugins up again that were disabled'
          : 'leave plugins out, without taking them from the registry: calls to them fail',
      )
      .argument('<ids...>', 'the plugins')
      .option('--json', 'print JSON')
      .action(
        keep(async (ids: string[]) =>
          (await import('./commands/enable-command.ts')).enableCommand(ids, enabled, shared(), terminal),
        ),
      );
  program
    .command('list')
    .description('show the plugins of the registry; starts and builds nothing')
    .option('--json', 'print JSON')
    .action(keep(async () => (await import('./commands/list-command.ts')).listCommand(shared(), terminal)));
  program
    .command('check')
    .description('say which plugins could share an environment, and why others conflict; installs nothing')
    .option('--offline', 'resolve nothing: what the requirements themselves prove, and no more')
    .option('--time-limit <duration>', 'then ask no more, and say what is known', '2m')
    .option('--build', 'build packages that have no wheel, where nothing else answers; that runs their code')
    .option('--refresh', 'ask again what the package index has answered today')
    .option('--html <file>', 'write a page with the whole matrix')
    .option('--json', 'print JSON')
    .action(
      keep(async (options: CheckCommandOptions) =>
        (await import('./commands/check-command.ts')).checkCommand({ ...shared(), ...options }, terminal),
      ),
    );
  program
    .command('describe')
    .description(
      'say what plugins can do: their actions, what these take, their hooks; starts only those of which it is not known',
    )
    .argument('[ids...]', 'the plugins; otherwise all')
    .option('--no-start', 'start none: say only what is known')
    .option('--json', 'print JSON; of one plugin that is named, it alone')
    .action(
      keep(async (ids: string[], options: DescribeOptions) =>
        (await import('./commands/describe-command.ts')).describeCommand(ids, { ...shared(), ...options }, terminal),
      ),
    );
  program
    .command('types')
    .description('write declarations of what plugins take and answer, for TypeScript')
    .option(
      '-o, --output <file>',
      'where to write them, - being standard output; otherwise plugins.d.ts beside the registry',
    )
    .option('--check', 'write nothing: say how the file differs from what the plugins say, if it does')
    .option('--json', 'print JSON')
    .action(
      keep(async (options: TypesOptions) =>
        (await import('./commands/types-command.ts')).typesCommand({ ...shared(), ...options }, terminal),
      ),
    );
  program
    .command('prune')
    .description('remove environments, and what else Bulkhead has made, that nobody has used for long')
    .option('--older-than <time>', 'since then, such as 30d or 12h', '30d')
    .option('-n, --dry-run', 'remove nothing, only say what would be')
    .option('--json', 'print JSON')
    .action(
      keep(async (options: PruneCommandOptions) =>
        (await import('./commands/prune-command.ts')).pruneCommand({ ...shared(), ...options }, terminal),
      ),
    );
  program
    .command('locks')
    .description('show which resources are held and waited for, in all hosts that run')
    .option('--json', 'print JSON')
    .action(keep(async () => (await import('./commands/locks-command.ts')).locksCommand(terminal)));
  program
    .command('run')
    .description('call a plugin and print its result')
    .argument('<id>', 'the plugin')
    .option('-a, --action <name>', 'the action to call; otherwise execute')
    .option('-i, --input <json>', 'the input: JSON, @FILE, or - for standard input')
    .option(
      '-l, --input-lines <file>',
      'a stream as input, one JSON value on each line of the file; - for standard input',
    )
    .option('--input-lines-key <key>', 'where the lines stand in the input; otherwise they are the whole input')
    .option(
      '-f, --file <key=path>',
      'the bytes of a file, at this key of the input; may be given several times',
      (each: string, before: readonly string[] | undefined) => [...(before ?? []), each],
    )
    .option('-o, --output <file>', 'write the result into a file: bytes and text as they are, all else as JSON')
    .option('-t, --timeout <duration>', 'the longest that the call may take, such as 500ms, 30s or 5m')
    .option('--json', 'print JSON on one line, and errors as JSON')
    .action(
      keep(async (id: string, options: RunOptions) =>
        (await import('./commands/run-command.ts')).runCommand(id, { ...shared(), ...options }, terminal),
      ),
    );
}

function addHooks(program: Command, terminal: Terminal, keep: KeepExitCode, shared: () => SharedOptions): void {
  program
    .command('hooks')
    .description('show the hooks of each event, in their order and why; starts the plugins that take part')
    .argument('[event]', 'the event; otherwise all')
    .option('--trace', 'run them, and show what each changes')
    .option('-i, --input <json>', 'what --trace gives them: JSON, @FILE, or - for standard input')
    .option('--json', 'print JSON')
    .action(
      keep(async (event: string | undefined, options: HooksOptions) =>
        (await import('./commands/hooks-command.ts')).hooksCommand(event, { ...shared(), ...options }, terminal),
      ),
    );
}

function addDevelopment(
  program: Command,
  terminal: Terminal,
  keep: KeepExitCode,
  shared: () => SharedOptions,
  args: readonly string[],
): void {
  program
    .command('dev')
    .description('run a plugin while you write it: it is reloaded, and called again, at each change')
    .argument('<plugin>', 'its id, or the path of its folder')
    .option('-a, --action <name>', 'the action to call after each load; otherwise execute')
    .option('-i, --input <json>', 'call it after each load, with this: JSON, @FILE, or - for standard input')
    .option('--json', 'print JSON on one line, and errors as JSON')
    .action(
      keep(async (plugin: string, options: DevOptions) =>
        (await import('./commands/dev-command.ts')).devCommand(plugin, { ...shared(), ...options }, terminal),
      ),
    );
  program
    .command('test')
    .description('run the tests of all plugins, or of those named; what follows `--` goes to pytest')
    .usage('[options] [ids...] [-- for pytest...]')
    .argument('[ids...]', 'the plugins; otherwise all')
    .option('--json', 'print JSON, and what the tests print on standard error')
    .action(
      keep(async (given: string[]) => {
        const ids = given.slice(0, given.length - args.length);
        return await (await import('./commands/test-command.ts')).testCommand(ids, { ...shared(), args }, terminal);
      }),
    );
}

function addDebugging(program: Command, terminal: Terminal, keep: KeepExitCode, shared: () => SharedOptions): void {
  program
    .command('debug')
    .description('start a plugin, and let a debugger attach to it')
    .argument('<id>', 'the plugin')
    .option('-a, --action <name>', 'the action to call; otherwise execute')
    .option('-i, --input <json>', 'call it with this: JSON, @FILE, or - for standard input')
    .option('-p, --port <number>', 'where to listen, 0 being any port that is free; otherwise 5678')
    .option('-w, --wait', 'call it only when a debugger has attached')
    .option('--json', 'print JSON on one line, and errors as JSON')
    .action(
      keep(async (id: string, options: DebugCommandOptions) =>
        (await import('./commands/debug-command.ts')).debugCommand(id, { ...shared(), ...options }, terminal),
      ),
    );
}
