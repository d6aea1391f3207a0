import { type Command, InvalidArgumentError, Option } from 'commander';
import { TIERS, TRANSPORTS } from '../../verification/variants.ts';
import type { VerifyCommandOptions } from '../commands/verify-command.ts';
import type { KeepExitCode } from '../keep-exit-code.ts';
import type { Terminal } from '../output/terminal.ts';

/** `verify`, with its options. @param shared the options that may stand before it as well */
export function addVerify(
  program: Command,
  terminal: Terminal,
  keep: KeepExitCode,
  shared: () => { readonly registry?: string },
): void {
  program
    .command('verify')
    .description('check from outside whether a plugin behaves: answers, cancel, crash, memory and more; runs its code')
    .argument('<plugin>', 'its id, or the path of its folder')
    .addOption(several('--tier <tier>', 'run it in this tier, or in all; may be given several times', TIERS))
    .addOption(
      several(
        '--transport <transport>',
        'run it over this transport, or over all; may be given several times',
        TRANSPORTS,
      ),
    )
    .option('-a, --action <name>', 'call this action only; may be given several times', collect)
    .option('--generate', 'call actions without examples, too, with input made from their schemas: that may do harm')
    .option('--no-generated', 'call only actions with examples; otherwise also those that are declared pure')
    .option('--check <name>', 'run this check only; may be given several times', collect)
    .option('--calls <number>', 'over which its memory is watched', wholeNumber, 10_000)
    .option('--calls-time <duration>', 'the longest that these may take', '1m')
    .option('--strict', 'what is only warned of counts as a failure')
    .option('--html <file>', 'write a page with all that was found')
    .option('--json', 'print JSON, and errors as JSON')
    .action(
      keep(async (plugin: string, options: VerifyCommandOptions) =>
        (await import('../commands/verify-command.ts')).verifyCommand(plugin, { ...shared(), ...options }, terminal),
      ),
    );
}

function several(flags: string, description: string, names: readonly string[]): Option {
  const option = new Option(flags, description).choices([...names, 'all']);
  const checked = option.parseArg!;
  return option.argParser((given: string, before: readonly string[] | undefined) =>
    collect(String(checked(given, [])), before),
  );
}

function collect(each: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), each];
}

function wholeNumber(written: string): number {
  const number = Number(written);
  if (!Number.isSafeInteger(number) || number < 1)
    throw new InvalidArgumentError('It has to be a whole number from 1 on.');
  return number;
}
