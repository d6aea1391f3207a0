import { readdirSync, readFileSync } from 'node:fs';

/** Pids of the living processes whose environment (`NAME=value` joined by NUL) satisfies `wanted`. */
export function processesOf(wanted: (environment: string) => boolean): readonly number[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.map(Number).filter((pid) => pid !== process.pid && wanted(read(pid, 'environ')) && isAlive(pid));
}

export function commandOf(pid: number): string {
  return read(pid, 'cmdline').replaceAll('\0', ' ').trim();
}

/** The value of an environment variable that the process was started with. */
export function variableOf(pid: number, name: string): string | undefined {
  return read(pid, 'environ')
    .split('\0')
    .find((variable) => variable.startsWith(`${name}=`))
    ?.slice(name.length + 1);
}

/** Whether `pid` is a template: its forks have the same command and are its children. */
export function isTemplate(pid: number): boolean {
  return isOfTemplate(pid) && !isOfTemplate(Number(stat(pid)[1]));
}

function isOfTemplate(pid: number): boolean {
  return commandOf(pid).includes('--start fork');
}

/** The fields of proc_pid_stat(5) from the third on. */
function stat(pid: number): readonly string[] {
  const text = read(pid, 'stat');
  return text.slice(text.lastIndexOf(')') + 2).split(' ');
}

function isAlive(pid: number): boolean {
  return !['', 'Z', 'X'].includes(stat(pid)[0] ?? '');
}

function read(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1');
  } catch {
    return ''; // it ended, or is another user's
  }
}
