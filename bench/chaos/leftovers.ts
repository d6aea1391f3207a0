import { readdirSync, readlinkSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { commandOf, processesOf } from './processes.ts';

const PATIENCE_MILLISECONDS = 10_000;
const MEMORY_BOUND_BYTES = 48 << 20;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Resources of this process while no manager is open. */
export interface Holdings {
  readonly descriptors: number;
  readonly handles: number;
  readonly bytes: number;
}

export function holdings(): Holdings {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return { descriptors: descriptors().length, handles: handles().length, bytes: heapUsed + external };
}

/** Describes what exceeds `before` and which processes of `home` still run, after waiting some seconds for their end. */
export async function leftovers(before: Holdings, home: string): Promise<readonly string[]> {
  const deadline = performance.now() + PATIENCE_MILLISECONDS;
  for (;;) {
    const found = [...orphans(home), ...excess(before)];
    if (found.length === 0 || performance.now() > deadline) return found;
    await delay(100);
  }
}

function orphans(home: string): readonly string[] {
  return processesOf((environment) => environment.includes(home)).map((pid) => `orphan ${pid}: ${commandOf(pid)}`);
}

function excess(before: Holdings): readonly string[] {
  const now = holdings();
  const found: string[] = [];
  if (now.descriptors > before.descriptors)
    found.push(`descriptors: ${before.descriptors} before, now ${descriptors().join(', ')}`);
  if (now.handles > before.handles) found.push(`handles: ${before.handles} before, now ${handles().join(', ')}`);
  if (now.bytes > before.bytes + MEMORY_BOUND_BYTES)
    found.push(`memory: ${before.bytes} bytes before, now ${now.bytes}`);
  return found;
}

function descriptors(): readonly string[] {
  return readdirSync('/proc/self/fd').flatMap((name) => {
    try {
      return [readlinkSync(`/proc/self/fd/${name}`)];
    } catch {
      return []; // the one that read the folder
    }
  });
}

/** Immediates are left out: they end within this turn. */
function handles(): readonly string[] {
  return process.getActiveResourcesInfo().filter((kind) => kind !== 'Immediate');
}
