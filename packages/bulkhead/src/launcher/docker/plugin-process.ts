import { readFile } from 'node:fs/promises';
import type { ContainerEngine } from '../../engine/container-engine.ts';
import { identifyProcess, type ProcessIdentity } from '../../lifecycle/process-identity.ts';

/**
 * Finds the plugin's process among those of this machine: the child of the container's first process. Undefined where it can't
 * be seen, as from inside another container.
 */
export async function pluginProcess(
  engine: ContainerEngine,
  id: string,
  signal: AbortSignal,
): Promise<ProcessIdentity | undefined> {
  const first = (await engine.state(id, signal))?.Pid ?? 0;
  if (first === 0 || !(await isIn(first, id))) return undefined;
  const children = await textOf(`/proc/${first}/task/${first}/children`);
  const pid = Number.parseInt(children, 10);
  return Number.isInteger(pid) && pid > 0 ? identifyProcess(pid) : undefined;
}

/** Whether the process of that pid is in the container: seen from elsewhere the pid may be another's. */
async function isIn(pid: number, id: string): Promise<boolean> {
  return (await textOf(`/proc/${pid}/cgroup`)).includes(id);
}

async function textOf(file: string): Promise<string> {
  return await readFile(file, 'latin1').catch(() => '');
}
