import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { exitCodeOf } from '../../errors/bulkhead-error.ts';
import { visibleLine } from '../../lifecycle/visible-text.ts';
import { TIERS, TRANSPORTS, type Tier, type TransportName } from '../../verification/variants.ts';
import type { Verification } from '../../verification/verification.ts';
import { type VerificationListener, verifyPlugin } from '../../verification/verify-plugin.ts';
import { jsonText } from '../../views/json-text.ts';
import { verificationView } from '../../views/verification-view.ts';
import { findTarget } from '../development/development-target.ts';
import { fileFailure } from '../files/file-failure.ts';
import { durationOf } from '../input/duration-of.ts';
import { listenForInterruption } from '../interruption.ts';
import { quietLogger } from '../output/plugin-lines.ts';
import { printError } from '../output/print-error.ts';
import { showProgress } from '../output/progress-display.ts';
import type { Terminal } from '../output/terminal.ts';
import { verifyPage } from '../verify/verify-page.ts';
import { checkText, planText, placeOf, summaryText } from '../verify/verify-text.ts';

export interface VerifyCommandOptions {
  readonly registry?: string;
  readonly tier?: readonly (Tier | 'all')[];
  readonly transport?: readonly (TransportName | 'all')[];
  readonly action?: readonly string[];
  readonly check?: readonly string[];
  readonly generate?: boolean;
  /** False of `--no-generated`. */
  readonly generated?: boolean;
  readonly calls: number;
  readonly callsTime: string;
  readonly strict?: boolean;
  /** File for the page. */
  readonly html?: string;
}

/** `bulkhead verify`: whether a plugin behaves, as seen from outside. */
export async function verifyCommand(given: string, options: VerifyCommandOptions, terminal: Terminal): Promise<number> {
  const { tier = [], transport = [], action = [], check = [], generate = false, generated = true } = options;
  const callsTime = durationOf('--calls-time', options.callsTime);
  const { folder, registry } = await findTarget(given, options.registry);
  using interruption = listenForInterruption();
  const display = showProgress(terminal);
  const { out, json } = terminal;
  try {
    const verification = await verifyPlugin(registry === undefined ? { folder } : { registry, id: given }, {
      tiers: tier.includes('all') ? TIERS : (tier as Tier[]),
      transports: transport.includes('all') ? TRANSPORTS : (transport as TransportName[]),
      actions: action,
      checks: check,
      made: generated ? (generate ? 'all' : 'pure') : 'none',
      calls: options.calls,
      callsTime,
      logger: quietLogger(),
      signal: interruption.signal,
      listener: listenerFor(given, terminal, display),
    });
    display.close();
    if (options.html !== undefined) await writePage(options.html, verifyPage(verification, new Date()));
    const shown = jsonText(verificationView(verification), { pretty: out.isTerminal, columns: out.columns });
    out.write(json ? `${shown}\n` : `\n${summaryText(verification, out)}`);
    if (!json && options.html !== undefined) out.write(`The page is in ${options.html}.\n`);
    return statusOf(verification, options.strict ?? false);
  } catch (error) {
    display.close();
    if (interruption.exitCode !== undefined) return interruption.exitCode;
    printError(error, terminal);
    return exitCodeOf(error);
  }
}

function listenerFor(
  plugin: string,
  { out, error, json }: Terminal,
  display: ReturnType<typeof showProgress>,
): VerificationListener {
  if (json) return {};
  let isFirst = true;
  // Above the line that says how far it is: both may be on one terminal.
  const write = (text: string): void => {
    display.finished(plugin);
    out.write(text);
  };
  return {
    began: (id, variant) => {
      if (isFirst) error.write(`${error.colours.dim(WARNING)}\n`);
      isFirst = false;
      const { tier, transport } = variant;
      const place = tier === undefined && transport === undefined ? 'as it is declared' : placeOf(variant);
      write(`\n${out.colours.bold(id)} ${place}\n`);
    },
    planned: (actions) => write(planText(actions)),
    progress: (check, message) => {
      // In a log only what takes long by itself is worth a line.
      if (error.isTerminal || check === 'handshake')
        display.sink({ plugin, step: 'resolving', message: `${check}: ${message}` });
    },
    refused: (reason) => write(`  not run: ${visibleLine(reason)}\n`),
    ended: (result) => write(checkText(result, out)),
  };
}

const WARNING =
  'This runs the code of the plugin: actions with examples are called many times, and its processes are killed.';

/** What was asked for, and could not be checked at all, is no success. */
function statusOf({ verdict }: Verification, isStrict: boolean): number {
  if (verdict === 'inapplicable') return 2;
  return verdict === 'failed' || (isStrict && verdict === 'warned') ? 1 : 0;
}

async function writePage(file: string, page: string): Promise<void> {
  try {
    await writeFile(resolve(file), page);
  } catch (error) {
    throw fileFailure(error, '--html', file);
  }
}
