import type { RunningProcess } from '../launcher/ledger/read-ledger.ts';
import type { Usage } from '../launcher/limits/usage.ts';
import type { PluginSummary } from '../manager/registered-plugins.ts';
import type { ProcessInUse } from '../manager/running-processes.ts';
import type { JsonObject } from './json-object.ts';

/** A process that runs for a plugin, in whatever host. */
export function processView(running: ProcessInUse): JsonObject {
  const { pid, role, generation, container, health, start, host, usage, limits, sandbox, members } = running;
  return {
    pid,
    role,
    ...(members === undefined ? {} : { members }),
    generation: generation ?? null,
    container: container ?? null,
    health: health ?? null,
    start: start ?? null,
    sandbox: sandbox ?? null,
    limits: limits ?? {},
    usage: usageView(usage),
    host,
  };
}

/** Bytes, milliseconds, numbers. */
export function usageView(usage: Usage | undefined): JsonObject | null {
  if (usage === undefined) return null;
  const { memory, processorTime, tasks, disk } = usage;
  return { memory, processor_time: processorTime, tasks, disk: disk ?? null };
}

/** Whether it is a process of this plugin: the id alone may mean another in another registry. */
export function isProcessOf({ plugin, folder, members }: RunningProcess, { id, spec }: PluginSummary): boolean {
  return [...(members ?? []), { plugin, folder }].some((each) => each.plugin === id && each.folder === spec?.folder);
}

/** One word. Templates and spares have no health, because they get no calls. */
export function healthWord({ role, health, host }: RunningProcess): string {
  if (host.state === 'gone') return 'orphaned';
  if (role !== 'instance') return '-';
  return health ?? (host.state === 'stopped' ? 'unknown' : 'starting');
}
