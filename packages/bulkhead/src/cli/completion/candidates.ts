import type { Argument, Command, Option } from 'commander';

/** What may stand at a place of a command line. */
export interface Candidate {
  readonly value: string;
  readonly description: string;
}

/** What the registry offers; asked for only where it is needed. */
export interface RegistryNames {
  /** @param registry as named on the command line */
  plugins(registry: string | undefined): Promise<readonly string[]>;
  shares(registry: string | undefined): Promise<readonly string[]>;
}

/** The names of arguments that are the id of a plugin. */
const IDS = new Set(['id', 'ids', 'plugin']);

/**
 * What may stand where the last of `words` is being typed: commands, options, values of options and plugins of the registry. Where
 * that is nothing, shells offer files.
 *
 * @param words behind `bulkhead`; the last may be empty
 */
export async function candidatesFor(
  program: Command,
  words: readonly string[],
  names: RegistryNames,
): Promise<Candidate[]> {
  const { before, typed, head } = placeIn(words);
  const state = readBefore(program, before);
  const found =
    state.awaiting === undefined
      ? await ofCommand(program, typed, state, names)
      : await ofOption(state.awaiting, state, names);
  return found
    .filter(({ value }) => value.startsWith(typed))
    .map(({ value, description }) => ({ value: `${head}${value}`, description }));
}

/** Where something is being typed. */
interface Place {
  readonly before: readonly string[];
  readonly typed: string;
  /** The part of the last word that stands before what is typed: `--registry=`. bash hands that over as words of their own. */
  readonly head: string;
}

function placeIn(words: readonly string[]): Place {
  const [, head = ''] = /^(--[\w-]+=)/.exec(words.at(-1) ?? '') ?? [];
  const apart = words.flatMap((word, index) => {
    const [, option, value = ''] = /^(--[\w-]+)=(.*)$/.exec(word) ?? [];
    if (option !== undefined) return [option, value];
    const isSign = word === '=' && words[index - 1]?.startsWith('--') === true;
    return isSign ? (index === words.length - 1 ? [''] : []) : [word];
  });
  return { before: apart.slice(0, -1), typed: apart.at(-1) ?? '', head };
}

interface State {
  readonly command: Command | undefined;
  /** Arguments that stand there already; a word that is no command counts as one. */
  readonly given: readonly string[];
  readonly registry: string | undefined;
  /** The option whose value comes next. */
  readonly awaiting: Option | undefined;
}

function readBefore(program: Command, words: readonly string[]): State {
  let command: Command | undefined;
  let registry: string | undefined;
  let awaiting: Option | undefined;
  const given: string[] = [];
  for (const word of words) {
    if (awaiting !== undefined) {
      if (awaiting.long === '--registry') registry = word;
      awaiting = undefined;
    } else if (word.startsWith('-')) {
      const option = optionsOf(program, command).find(({ long, short }) => word === long || word === short);
      awaiting = option !== undefined && (option.required || option.optional) ? option : undefined;
    } else if (command === undefined && given.length === 0) {
      command = program.commands.find((each) => each.name() === word);
      if (command === undefined) given.push(word);
    } else given.push(word);
  }
  return { command, given, registry, awaiting };
}

async function ofOption({ argChoices, long }: Option, { registry }: State, names: RegistryNames): Promise<Candidate[]> {
  if (argChoices !== undefined) return argChoices.map(plain);
  return long === '--share' ? (await names.shares(registry)).map(plain) : [];
}

async function ofCommand(
  program: Command,
  typed: string,
  { command, given, registry }: State,
  names: RegistryNames,
): Promise<Candidate[]> {
  if (typed.startsWith('-'))
    return optionsOf(program, command).flatMap(({ long, description }) =>
      long === undefined || long === null ? [] : { value: long, description },
    );
  if (command === undefined) return given.length === 0 ? commandsOf(program) : [];
  const argument = argumentAt(command.registeredArguments, given.length);
  if (argument === undefined) return [];
  if (argument.argChoices !== undefined) return argument.argChoices.map(plain);
  if (argument.name() === 'command') return commandsOf(program);
  if (!IDS.has(argument.name())) return [];
  return (await names.plugins(registry)).filter((id) => !given.includes(id)).map(plain);
}

function commandsOf(program: Command): Candidate[] {
  return program
    .createHelp()
    .visibleCommands(program)
    .map((each) => ({ value: each.name(), description: each.description() }));
}

/** Those of the whole program may stand behind a command, too. */
function optionsOf(program: Command, command: Command | undefined): readonly Option[] {
  const help = program.createHelp();
  return [...(command === undefined ? [] : help.visibleOptions(command)), ...help.visibleOptions(program)];
}

function argumentAt(all: readonly Argument[], index: number): Argument | undefined {
  const last = all.at(-1);
  return all[index] ?? (last?.variadic === true ? last : undefined);
}

function plain(value: string): Candidate {
  return { value, description: '' };
}
