import type { Arena } from './arena.ts';
import { isTemplate, processesOf } from './processes.ts';
import type { Random } from './random.ts';

/** SIGKILL, wherever the process is: in its start, idle, in a call, or a child of a plugin. */
export function killOne(_: Arena, random: Random): boolean {
  const pid = anyPrey(random);
  return pid !== undefined && signal(pid, 'SIGKILL');
}

/** SIGKILL of what a plugin's instances are forked from: they go with it. */
export function killTemplate(_: Arena, random: Random): boolean {
  const pid = anyTemplate(random);
  return pid !== undefined && signal(pid, 'SIGKILL');
}

/** SIGSTOP of what a plugin's instances are forked from, and SIGCONT when it has been given up, or shortly before. */
export async function interruptTemplate(arena: Arena, random: Random): Promise<boolean> {
  const pid = anyTemplate(random);
  return pid !== undefined && (await stopFor(arena, pid, random.integer(10, 3000)));
}

/** SIGSTOP, and SIGCONT after a while that may be longer than the time limits of cancelling and pinging. */
export async function interrupt(arena: Arena, random: Random): Promise<boolean> {
  const pid = anyPrey(random);
  return pid !== undefined && (await stopFor(arena, pid, random.integer(10, 1500)));
}

async function stopFor(arena: Arena, pid: number, milliseconds: number): Promise<boolean> {
  if (!signal(pid, 'SIGSTOP')) return false;
  await arena.pause(milliseconds);
  signal(pid, 'SIGCONT');
  return true;
}

function anyPrey(random: Random): number | undefined {
  return anyOf(prey(), random);
}

function anyTemplate(random: Random): number | undefined {
  return anyOf(prey().filter(isTemplate), random);
}

function prey(): readonly number[] {
  return processesOf((environment) => environment.includes('CHAOS_ROLE=prey'));
}

function anyOf(pids: readonly number[], random: Random): number | undefined {
  return pids.length === 0 ? undefined : random.pick(pids);
}

function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, name);
  } catch {
    return false; // it ended in the meantime
  }
}
