import { exitCodeOf } from '../../errors/bulkhead-error.ts';
import { PluginManager } from '../../manager/plugin-manager.ts';
import { registryOrExpected } from '../files/find-registry.ts';
import { refusePath } from '../files/plugin-id.ts';
import { listenForInterruption } from '../interruption.ts';
import { quietLogger, showPluginLines } from '../output/plugin-lines.ts';
import { printError } from '../output/print-error.ts';
import { printResult } from '../output/print-result.ts';
import { writeResult } from '../output/write-result.ts';
import { type ProgressDisplay, showProgress } from '../output/progress-display.ts';
import { durationOf } from '../input/duration-of.ts';
import { type InputOptions, runInput } from '../input/run-input.ts';
import type { Terminal } from '../output/terminal.ts';

export interface RunOptions extends InputOptions {
  readonly registry?: string;
  readonly action?: string;
  readonly timeout?: string;
  /** The file for the result. */
  readonly output?: string;
}

/** `bulkhead run`: calls one action of one plugin. */
export async function runCommand(id: string, options: RunOptions, terminal: Terminal): Promise<number> {
  refusePath(id);
  const timeout = options.timeout === undefined ? undefined : durationOf('--timeout', options.timeout);
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
    await (options.output === undefined
      ? printResult(result, terminal)
      : writeResult(result, options.output, terminal));
    return 0;
  } catch (error) {
    display.close();
    if (interruption.exitCode !== undefined) return interruption.exitCode;
    printError(error, terminal, { linesWereShown: true });
    return exitCodeOf(error);
  }
}

/** Shows the progress that the call waits for; the call reports failures of it. */
async function tellOfEnvironment(manager: PluginManager, id: string, display: ProgressDisplay): Promise<void> {
  await manager.preparePlugin(id, display.sink).catch(() => undefined);
  display.finished(id);
}
