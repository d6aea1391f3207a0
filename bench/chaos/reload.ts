import { isBulkheadError, type ErrorCode } from 'bulkhead';
import type { Arena } from './arena.ts';

/** What happens to an instance that is being started, and the failure of a call that has the same cause. */
const LIKE: Partial<Readonly<Record<ErrorCode, ErrorCode>>> = {
  PLUGIN_DISCONNECTED: 'PLUGIN_CRASHED',
  PLUGIN_UNRESPONSIVE: 'CALL_TIMEOUT',
};

/** A new version in the middle of everything: calls must not notice, whether it succeeds or not. */
export async function reload(arena: Arena, plugin: string): Promise<void> {
  const startedAt = performance.now();
  try {
    await arena.manager.reload(plugin);
  } catch (error) {
    const code = isBulkheadError(error) ? error.code : undefined;
    if (code === 'MANAGER_CLOSED' && arena.isOver) return;
    if (code !== undefined && arena.causes.excuse(plugin, LIKE[code] ?? code, startedAt))
      return arena.tally.failed(code);
    arena.tally.counts.wrong.push(`reload of ${plugin}: ${(error as Error).stack ?? String(error)}`);
  }
}
