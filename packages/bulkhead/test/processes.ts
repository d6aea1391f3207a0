import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
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

/**
 * The process that a plugin knows by `pid`, as this machine does: in a container processes are counted anew.
 *
 * @param plugin with the instance that says so as its first
 */
export function processInside(
  pid: unknown,
  plugin: { readonly instances: readonly { readonly pid: number | undefined }[] } | undefined,
): ProcessIdentity {
  const own = plugin?.instances[0]?.pid;
  if (process.platform !== 'linux') return identify(pid as number);
  const space = readlinkSync(`/proc/${own}/ns/pid`);
  const found = readdirSync('/proc').find((name) => {
    try {
      const [, seen] = /^NSpid:.*\s(\d+)$/m.exec(readFileSync(`/proc/${name}/status`, 'latin1')) ?? [];
      return Number(seen) === pid && readlinkSync(`/proc/${name}/ns/pid`) === space;
    } catch {
      return false; // no process, or it has gone
    }
  });
  if (found === undefined) throw new Error(`process ${own} knows no process ${String(pid)}`);
  return identify(Number(found));
}
