import { readdirSync, readFileSync } from 'node:fs';

/** Pids of the living processes whose environment variables, as `NAME=value` joined by NUL, satisfy `wanted`. */
export function processesOf(wanted: (environment: string) => boolean): readonly number[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.map(Number).filter((pid) => pid !== process.pid && wanted(read(pid, 'environ')) && isAlive(pid));
}

export function commandOf(pid: number): string {
  return read(pid, 'cmdline').replaceAll('\0', ' ').trim();
}

function isAlive(pid: number): boolean {
  const stat = read(pid, 'stat');
  return stat !== '' && !/^\s[ZX]/.test(stat.slice(stat.lastIndexOf(')') + 1));
}

function read(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1');
  } catch {
    return ''; // it ended, or is another user's
  }
}
