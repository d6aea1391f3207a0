import type { Command } from 'commander';
import { type RegisteredPlugin, readRegistry } from '../../registry/read-registry.ts';
import { candidatesFor } from '../completion/candidates.ts';
import { SCRIPTS, type Shell } from '../completion/shell-scripts.ts';
import { findRegistry } from '../files/find-registry.ts';
import type { Terminal } from '../output/terminal.ts';

/** `bulkhead completion`: prints the script that makes a shell complete command lines. */
export function completionCommand(shell: Shell, { out }: Terminal): number {
  out.write(SCRIPTS[shell]);
  return 0;
}

/** What the script of a shell asks while a command line is typed. It has nothing to say about mistakes. */
export async function completeCommand(program: Command, words: readonly string[], { out }: Terminal): Promise<number> {
  const candidates = await candidatesFor(program, words, { plugins: idsIn, shares: sharesIn });
  for (const { value, description } of candidates)
    out.write(description === '' ? `${value}\n` : `${value}\t${description}\n`);
  return 0;
}

async function idsIn(registry: string | undefined): Promise<readonly string[]> {
  return (await pluginsIn(registry)).map(({ id }) => id);
}

async function sharesIn(registry: string | undefined): Promise<readonly string[]> {
  const plugins = await pluginsIn(registry);
  return [...new Set(plugins.flatMap(({ spec }) => spec?.environment.share?.name ?? []))];
}

async function pluginsIn(named: string | undefined): Promise<readonly RegisteredPlugin[]> {
  try {
    const file = findRegistry(named);
    return file === undefined ? [] : (await readRegistry(file)).plugins;
  } catch {
    return []; // whoever runs the command hears of it
  }
}
