import { readFileSync } from 'node:fs';
import { identifyProcess, type ProcessIdentity } from '../../lifecycle/process-identity.ts';

/**
 * Finds a child of `parent` that has the number `pid` in the innermost name space of processes that it is in: that of its
 * container. proc(5): `NSpid` lists its numbers from the outermost to the innermost. Undefined: there is none any more.
 */
export function childByPidInside(parent: number, pid: number): ProcessIdentity | undefined {
  // The youngest comes last.
  for (const child of textOf(`/proc/${parent}/task/${parent}/children`).trim().split(' ').reverse()) {
    const [, inside] = /^NSpid:.*\s(\d+)$/m.exec(textOf(`/proc/${child}/status`)) ?? [];
    if (Number(inside) === pid) return identifyProcess(Number(child));
  }
  return undefined;
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return ''; // it is gone
  }
}
