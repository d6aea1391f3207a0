import { isBulkheadError, type ErrorCode } from 'bulkhead';
import type { Arena } from './arena.ts';

/** What can happen to the instances that are being started while faults are injected into them. */
const REASONS: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'PLUGIN_CRASHED',
  'PLUGIN_DISCONNECTED',
  'PLUGIN_EXITED',
  'PLUGIN_START_TIMEOUT',
  'PLUGIN_UNRESPONSIVE',
]);

/** A new version in the middle of everything: calls must not notice, whether it succeeds or not. */
export async function reload(arena: Arena, plugin: string): Promise<void> {
  try {
    await arena.manager.reload(plugin);
  } catch (error) {
    const code = isBulkheadError(error) ? error.code : undefined;
    if (code === 'MANAGER_CLOSED' && arena.isOver) return;
    if (code !== undefined && REASONS.has(code) && !plugin.startsWith('calm')) return arena.tally.failed(code);
    arena.tally.counts.wrong.push(`reload of ${plugin}: ${(error as Error).stack ?? String(error)}`);
  }
}
