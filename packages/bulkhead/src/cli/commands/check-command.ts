import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { checkRegistry, type RegistryCheck } from '../../manager/check-registry.ts';
import { conflictView } from '../../views/conflict-view.ts';
import { checkPage } from '../check/check-page.ts';
import { checkText } from '../check/check-text.ts';
import { durationOf } from '../input/duration-of.ts';
import { fileFailure } from '../files/file-failure.ts';
import { registryOrExpected } from '../files/find-registry.ts';
import { listenForInterruption } from '../interruption.ts';
import { jsonText } from '../../views/json-text.ts';
import { printError } from '../output/print-error.ts';
import { showProgress } from '../output/progress-display.ts';
import type { Terminal } from '../output/terminal.ts';

export interface CheckCommandOptions {
  readonly registry?: string;
  readonly offline?: boolean;
  readonly build?: boolean;
  readonly refresh?: boolean;
  readonly timeLimit: string;
  /** File for the page. */
  readonly html?: string;
}

/** `bulkhead check`: which plugins could share an environment, and which can't. */
export async function checkCommand(options: CheckCommandOptions, terminal: Terminal): Promise<number> {
  const { registry: named, offline = false, build = false, refresh = false, html } = options;
  const timeLimit = durationOf('--time-limit', options.timeLimit);
  const registry = registryOrExpected(named);
  using interruption = listenForInterruption();
  const display = showProgress(terminal);
  let check: RegistryCheck;
  try {
    check = await checkRegistry(registry, {
      offline,
      build,
      refresh,
      timeLimit,
      enough: interruption.signal,
      onStep: (message) => display.sink({ plugin: 'check', step: 'resolving', message }),
    });
  } finally {
    display.close();
  }
  const { out, json } = terminal;
  if (html !== undefined) await writePage(html, checkPage(registry, new Date(), check));
  if (json) out.write(`${jsonText(conflictView(registry, check), { pretty: out.isTerminal, columns: out.columns })}\n`);
  else {
    out.write(checkText(check, out));
    if (html !== undefined) out.write(`\nThe page is in ${html}.\n`);
    for (const { error } of check.problems) {
      terminal.error.write('\n');
      printError(error, terminal);
    }
  }
  return interruption.exitCode ?? exitCodeOfCheck(check);
}

async function writePage(file: string, page: string): Promise<void> {
  try {
    await writeFile(resolve(file), page);
  } catch (error) {
    throw fileFailure(error, '--html', file);
  }
}

/** A conflict of isolated plugins is a fact; a conflict of plugins that were told to share is a failure. */
export function exitCodeOfCheck({ report, node, problems }: RegistryCheck): number {
  const isMistaken =
    problems.length > 0 ||
    report.issues.some(({ kind }) => kind === 'unreadable') ||
    report.plugins.some(({ state }) => state === 'impossible') ||
    node.impossible.length > 0;
  if (isMistaken) return 2;
  const shared = [...report.shared, ...node.shared];
  if (shared.some(({ verdict }) => verdict === 'conflict')) return 1;
  return shared.some(({ verdict }) => verdict === 'unknown') && !report.isOffline ? 3 : 0;
}
