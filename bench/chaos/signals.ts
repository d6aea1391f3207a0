import type { Arena } from './arena.ts';
import { processesOf } from './processes.ts';
import type { Random } from './random.ts';

/** SIGKILL, wherever the process is: in its start, idle, in a call, or a child of a plugin. */
export function killOne(_: Arena, random: Random): boolean {
  const pid = anyPrey(random);
  return pid !== undefined && signal(pid, 'SIGKILL');
}

/** SIGSTOP, and SIGCONT after a while that may be longer than the time limits of cancelling and pinging. */
export async function interrupt(arena: Arena, random: Random): Promise<boolean> {
  const pid = anyPrey(random);
  if (pid === undefined || !signal(pid, 'SIGSTOP')) return false;
  await arena.pause(random.integer(10, 1500));
  signal(pid, 'SIGCONT');
  return true;
}

function anyPrey(random: Random): number | undefined {
  const pids = processesOf((environment) => environment.includes('CHAOS_ROLE=prey'));
  return pids.length === 0 ? undefined : random.pick(pids);
}

function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, name);
  } catch {
    return false; // it ended in the meantime
  }
}
