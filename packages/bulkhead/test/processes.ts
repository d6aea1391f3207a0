import { identifyProcess, isSameProcess, type ProcessIdentity } from '../src/lifecycle/process-identity.ts';
import { wait } from '../src/lifecycle/wait.ts';

/** Resolves when the process is gone; rejects when it is still there at the deadline. There is no event for the death of another's child. */
export async function gone(process: ProcessIdentity, signal: AbortSignal = AbortSignal.timeout(20_000)): Promise<void> {
  while (isSameProcess(process)) await wait(20, signal);
}

export function identify(pid: number): ProcessIdentity {
  const identity = identifyProcess(pid);
  if (identity === undefined) throw new Error(`there is no process ${pid}`);
  return identity;
}
