import { spawnSync } from 'node:child_process';

/** One command of a page, and what the page shows of its output. */
export interface ShownCommand {
  readonly command: string;
  readonly shown: string;
}

/** `sh`: every line is a command. `console`: those after `$ ` are, `> ` goes on with one, and the rest is output. */
export function commandsOf(text: string, language: string): ShownCommand[] {
  return language === 'console' ? fromConsole(text) : fromScript(text);
}

function fromConsole(text: string): ShownCommand[] {
  const commands: { command: string; shown: string }[] = [];
  for (const line of text.split('\n')) {
    const last = commands.at(-1);
    if (line.startsWith('$ ')) commands.push({ command: line.slice(2), shown: '' });
    else if (last === undefined) throw new Error(`output without a command: ${line}`);
    else if (line.startsWith('> ') && last.shown === '') last.command += `\n${line.slice(2)}`;
    else last.shown += `${line}\n`;
  }
  return commands;
}

function fromScript(text: string): ShownCommand[] {
  const commands: ShownCommand[] = [];
  let pending = '';
  for (const line of text.split('\n')) {
    pending = pending === '' ? line : `${pending}\n${line}`;
    if (/^\s*(#.*)?$/.test(pending)) pending = '';
    if (pending === '' || !isComplete(pending)) continue;
    commands.push({ command: pending, shown: '' });
    pending = '';
  }
  if (pending !== '') throw new Error(`not a complete command: ${pending}`);
  return commands;
}

function isComplete(command: string): boolean {
  const [, end] = /<<-?\s*['"]?(\w+)['"]?/.exec(command) ?? [];
  if (command.endsWith('\\') || (end !== undefined && !command.split('\n').slice(1).includes(end))) return false;
  return spawnSync('bash', ['-n', '-c', command]).status === 0;
}

/**
 * What of a command is about a clone of the repository and so can't be run in a page's own folder: `npm …` and `git …`.
 *
 * @returns the scripts of the root package.json that it calls, or undefined when it is to be run
 */
export function repositoryScripts(command: string): string[] | undefined {
  const parts = command.split('&&').map((part) => part.trim());
  if (!/^(npm|git) /.test(parts[0] ?? '')) return undefined;
  return parts.flatMap((part) => {
    const [, test, script] = /^npm (?:(test|t)\b|run (?:-\S+ )*([\w:-]+))/.exec(part) ?? [];
    return test === undefined ? (script ?? []) : 'test';
  });
}
