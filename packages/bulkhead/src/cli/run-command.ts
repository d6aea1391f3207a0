import { BulkheadError, exitCodeOf } from '../errors/bulkhead-error.ts';
import { DURATION_FORM, parseDuration } from '../lifecycle/duration.ts';
import { PluginManager } from '../manager/plugin-manager.ts';
import { registryOrExpected } from './find-registry.ts';
import { listenForInterruption } from './interruption.ts';
import { jsonText } from './json-text.ts';
import { quietLogger, showPluginLines } from './plugin-lines.ts';
import { printError } from './print-error.ts';
import { type ProgressDisplay, showProgress } from './progress-display.ts';
import { type InputOptions, runInput } from './run-input.ts';
import { type Output, type Terminal, visible } from './terminal.ts';

export interface RunOptions extends InputOptions {
  readonly registry?: string;
  readonly action?: string;
  readonly timeout?: string;
}

/** `bulkhead run`: calls one action of one plugin. */
export async function runCommand(id: string, options: RunOptions, terminal: Terminal): Promise<number> {
  const timeout = millisecondsOf(options.timeout);
  const input = await runInput(options);
  using interruption = listenForInterruption();
  const display = showProgress(terminal);
  const logger = terminal.json ? quietLogger() : showPluginLines(terminal, (line) => display.print(line));
  await using manager = await PluginManager.open(registryOrExpected(options.registry), { logger, startAhead: false });
  try {
    const { signal } = interruption;
    const action = options.action ?? 'execute';
    void tellOfEnvironment(manager, id, display);
    const result = await manager.executePlugin(id, input, {
      action,
      signal,
      ...(timeout === undefined ? {} : { timeout }),
    });
    display.close();
    // of a stream each chunk as it comes
    const results = isStream(result) ? result : [result];
    for await (const each of results) terminal.out.write(`${resultText(each, terminal)}\n`);
    return 0;
  } catch (error) {
    display.close();
    if (interruption.exitCode !== undefined) return interruption.exitCode;
    printError(error, terminal, { linesWereShown: true });
    return exitCodeOf(error);
  }
}

function isStream(result: unknown): result is AsyncIterable<unknown> {
  return typeof result === 'object' && result !== null && Symbol.asyncIterator in result;
}

/** The call waits for the same work; what goes wrong with it, the call says. */
async function tellOfEnvironment(manager: PluginManager, id: string, display: ProgressDisplay): Promise<void> {
  await manager.preparePlugin(id, display.sink).catch(() => undefined);
  display.finished(id);
}

function millisecondsOf(timeout: string | undefined): number | undefined {
  if (timeout === undefined) return undefined;
  const milliseconds = parseDuration(timeout);
  if (milliseconds !== undefined && milliseconds > 0) return milliseconds;
  throw new BulkheadError('ARGUMENT_INVALID', {
    argument: '--timeout',
    reason: `expected ${DURATION_FORM}, found "${timeout}"`,
  });
}

/** One line of JSON for programs; for people JSON they can read, and text as it is. */
function resultText(result: unknown, { out, json }: Terminal): string {
  if (json || !out.isTerminal) return jsonText(result, { pretty: false });
  return typeof result === 'string' ? visible(result) : prettyText(result, out);
}

function prettyText(result: unknown, { columns }: Output): string {
  return jsonText(result, { pretty: true, columns });
}
