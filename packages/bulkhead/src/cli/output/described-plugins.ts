import { isBulkheadError } from '../../errors/bulkhead-error.ts';
import type { DescribedPlugin, DescribeOptions } from '../../manager/describe-plugins.ts';
import { PluginManager } from '../../manager/plugin-manager.ts';
import { listenForInterruption } from '../interruption.ts';
import { quietLogger, showPluginLines } from './plugin-lines.ts';
import { showProgress } from './progress-display.ts';
import type { Terminal } from './terminal.ts';

/**
 * Asks the plugins of a registry, by a manager for it alone, what they can do. Disabled ones are left out, unless they are named.
 *
 * @returns the exit status, if it was interrupted
 */
export async function describedPlugins(
  registry: string,
  options: DescribeOptions,
  terminal: Terminal,
): Promise<readonly DescribedPlugin[] | number> {
  using interruption = listenForInterruption();
  const display = showProgress(terminal);
  const logger = terminal.json ? quietLogger() : showPluginLines(terminal, (line) => display.print(line));
  await using manager = await PluginManager.open(registry, { logger, startAhead: false });
  interruption.signal.addEventListener('abort', () => void manager.close(), { once: true });
  try {
    const described = await manager.describePlugins({ ...options, onProgress: display.sink });
    if (interruption.exitCode !== undefined) return interruption.exitCode;
    return options.ids === undefined ? described.filter(({ problem }) => !isDisabled(problem)) : described;
  } finally {
    display.close();
  }
}

function isDisabled(problem: Error | undefined): boolean {
  return isBulkheadError(problem, 'PLUGIN_DISABLED');
}
