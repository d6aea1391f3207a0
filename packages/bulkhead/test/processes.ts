import { identifyProcess, isSameProcess, type ProcessIdentity } from '../src/lifecycle/process-identity.ts';
import { until } from './until.ts';

/** Waits for the end of a process. Only its parent would get an event. */
export async function gone(process: ProcessIdentity): Promise<void> {
  await until(() => !isSameProcess(process), `the end of process ${process.pid}`);
}

export function identify(pid: number): ProcessIdentity {
  const identity = identifyProcess(pid);
  if (identity === undefined) throw new Error(`there is no process ${pid}`);
  return identity;
}
