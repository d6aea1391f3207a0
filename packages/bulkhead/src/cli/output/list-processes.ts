import type { RunningProcess } from '../../launcher/ledger/read-ledger.ts';
import type { PluginSummary } from '../machine/registered-plugins.ts';
import type { Cell } from './table.ts';
import { type Output, visible } from './terminal.ts';

export const PROCESS_HEAD: readonly Cell[] = ['RUNNING', 'PID', 'ROLE', 'HEALTH', 'HOST', 'START'];

/** Whether it is a process of this plugin: the id alone may mean another in another registry. */
export function isOf({ plugin, folder }: RunningProcess, { id, spec }: PluginSummary): boolean {
  return plugin === id && folder === spec?.folder;
}

export function processRow(each: RunningProcess, { colours }: Output): Cell[] {
  const { plugin, pid, role, generation, start, host } = each;
  const health = healthOf(each);
  const colour = health === 'ready' || health === 'busy' ? colours.green : health === '-' ? colours.dim : colours.red;
  return [
    plugin,
    String(pid),
    generation === undefined ? role : `${role} ${generation}`,
    { text: health, colour },
    host.state === 'running' ? String(host.pid) : `${host.pid} (${host.state})`,
    start === undefined ? '-' : visible(`${start.mode === 'fork' ? 'forked' : 'spawned'}: ${start.reason}`),
  ];
}

/** Its keys are promised by `bulkhead list --help`. */
export function processObject({ pid, role, generation, health, start, host }: RunningProcess): object {
  return {
    pid,
    role,
    generation: generation ?? null,
    health: health ?? null,
    start: start ?? null,
    host,
  };
}

/** Templates and spares have no health: nobody calls them. */
function healthOf({ role, health, host }: RunningProcess): string {
  if (host.state === 'gone') return 'orphaned';
  if (role !== 'instance') return '-';
  return health ?? (host.state === 'stopped' ? 'unknown' : 'starting');
}
