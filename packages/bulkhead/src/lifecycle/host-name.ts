import { identifyProcess } from './process-identity.ts';

/** Names a process that hosts plugins, on this machine and for all time: no later process has the same pid and start time. */
export function hostName(pid: number): string {
  return `${pid}-${identifyProcess(pid)?.startTime ?? ''}`;
}

/** Whether the host of this name is running. */
export function isHostAlive(name: string): boolean {
  const pid = Number.parseInt(name, 10);
  const identity = Number.isInteger(pid) && pid > 0 ? identifyProcess(pid) : undefined;
  if (identity === undefined) return false;
  // For want of a free descriptor its start time can't be read: a host that may be alive counts as alive.
  return identity.startTime === undefined || hostName(pid) === name;
}
