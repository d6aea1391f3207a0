import { readFile } from 'node:fs/promises';
import type { ContainerEngine } from '../../engine/container-engine.ts';
import { identifyProcess, type ProcessIdentity } from '../../lifecycle/process-identity.ts';
import { INSTANCE_MARK } from '../ledger/ledger.ts';

/**
 * Finds the plugin's process among those of this machine: the child of the container's first process. Undefined where it can't
 * be seen, as from inside another container, or is not known.
 *
 * @param mayBeDeeper whether that child may be a shell that has started the plugin
 */
export async function pluginProcess(
  engine: ContainerEngine,
  id: string,
  mark: string,
  mayBeDeeper: boolean,
  signal: AbortSignal,
): Promise<ProcessIdentity | undefined> {
  const first = (await engine.state(id, signal))?.Pid ?? 0;
  if (first === 0 || !(await isIn(first, id, mark))) return undefined;
  const pid = Number.parseInt(await childrenOf(first), 10);
  if (mayBeDeeper && (await childrenOf(pid)) !== '') return undefined;
  return Number.isInteger(pid) && pid > 0 ? identifyProcess(pid) : undefined;
}

/**
 * Whether the process of that pid is in the container: seen from elsewhere the pid may be another's. Engines without root may give
 * a container no cgroup of its own; then the mark in its environment tells.
 */
async function isIn(pid: number, id: string, mark: string): Promise<boolean> {
  if ((await textOf(`/proc/${pid}/cgroup`)).includes(id)) return true;
  return (await textOf(`/proc/${pid}/environ`)).split('\0').includes(`${INSTANCE_MARK}=${mark}`);
}

async function childrenOf(pid: number): Promise<string> {
  return await textOf(`/proc/${pid}/task/${pid}/children`);
}

async function textOf(file: string): Promise<string> {
  return await readFile(file, 'latin1').catch(() => '');
}
