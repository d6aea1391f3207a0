import type { RunningProcess } from '../launcher/ledger/read-ledger.ts';
import type { PluginSummary } from '../manager/registered-plugins.ts';
import type { JsonObject } from './json-object.ts';

/** A process that runs for a plugin, in whatever host. */
export function processView({ pid, role, generation, container, health, start, host }: RunningProcess): JsonObject {
  return {
    pid,
    role,
    generation: generation ?? null,
    container: container ?? null,
    health: health ?? null,
    start: start ?? null,
    host,
  };
}

/** Whether it is a process of this plugin: the id alone may mean another in another registry. */
export function isProcessOf({ plugin, folder }: RunningProcess, { id, spec }: PluginSummary): boolean {
  return plugin === id && folder === spec?.folder;
}

/** One word. Templates and spares have no health, because they get no calls. */
export function healthWord({ role, health, host }: RunningProcess): string {
  if (host.state === 'gone') return 'orphaned';
  if (role !== 'instance') return '-';
  return health ?? (host.state === 'stopped' ? 'unknown' : 'starting');
}
