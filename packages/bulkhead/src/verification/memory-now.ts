import { ProcessTable } from '../launcher/limits/process-table.ts';
import { identifyProcess } from '../lifecycle/process-identity.ts';

/** Bytes in memory of a process and all that it has started, now; undefined where the system does not tell. */
export function memoryNow(pid: number | undefined): number | undefined {
  const identity = pid === undefined ? undefined : identifyProcess(pid);
  if (identity === undefined) return undefined;
  const rows = ProcessTable.read().tree(identity, new Set());
  return rows.length === 0 ? undefined : rows.reduce((total, row) => total + row.memory, 0);
}
