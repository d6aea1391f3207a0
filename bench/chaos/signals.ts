import type { Arena } from './arena.ts';
import { isTemplate, processesOf, variableOf } from './processes.ts';
import type { Random } from './random.ts';

/** A process that may be hurt: an instance or template of a plugin, or a process that one of them has started. */
interface Prey {
  readonly pid: number;
  readonly plugin: string;
}

/** Sends SIGKILL to any process of a plugin: starting, idle, in a call, or a child of the plugin. */
export function killOne(arena: Arena, random: Random): boolean {
  return kill(arena, anyOf(prey(), random));
}

/** Sends SIGKILL to a template; its forks end with it. */
export function killTemplate(arena: Arena, random: Random): boolean {
  return kill(arena, anyOf(templates(), random));
}

/** Stops a template, and lets it go on when the host has given it up, or shortly before. */
export async function interruptTemplate(arena: Arena, random: Random): Promise<boolean> {
  return await stopFor(arena, anyOf(templates(), random), random.integer(10, 3000));
}

/** Stops a process, for up to longer than the limits of cancelling and pinging. */
export async function interrupt(arena: Arena, random: Random): Promise<boolean> {
  return await stopFor(arena, anyOf(prey(), random), random.integer(10, 1500));
}

function kill(arena: Arena, victim: Prey | undefined): boolean {
  if (victim === undefined) return false;
  arena.causes.begin('death', victim.plugin)();
  return signal(victim.pid, 'SIGKILL');
}

async function stopFor(arena: Arena, victim: Prey | undefined, milliseconds: number): Promise<boolean> {
  if (victim === undefined) return false;
  const isOver = arena.causes.begin('standstill', victim.plugin);
  const stopped = signal(victim.pid, 'SIGSTOP');
  if (stopped) {
    await arena.pause(milliseconds);
    signal(victim.pid, 'SIGCONT');
  }
  isOver();
  return stopped;
}

function prey(): readonly Prey[] {
  return processesOf((environment) => environment.includes('CHAOS_PREY=')).flatMap((pid) => {
    const plugin = variableOf(pid, 'CHAOS_PREY');
    return plugin === undefined ? [] : [{ pid, plugin }];
  });
}

function templates(): readonly Prey[] {
  return prey().filter(({ pid }) => isTemplate(pid));
}

function anyOf(victims: readonly Prey[], random: Random): Prey | undefined {
  return victims.length === 0 ? undefined : random.pick(victims);
}

function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, name);
  } catch {
    return false; // it ended in the meantime
  }
}
