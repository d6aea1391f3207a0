import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { identifyProcess, isOfKernel, type ProcessIdentity } from './process-identity.ts';

/** One that is just executing another program shows no variables for a moment; on a busy machine, for long. */
const LOOKS = { most: 400, milliseconds: 5 };

/** A process whose environment holds one of the marks that were looked for. */
export interface MarkedProcess extends ProcessIdentity {
  readonly mark: string;
}

/**
 * Finds the processes with an environment variable `variable` whose value is one of `marks`. Children inherit it, also those
 * that have left their group and session: only who clears its environment is not found. On Windows nothing can be asked for
 * that, and none are found.
 */
export async function findMarkedProcesses(variable: string, marks: ReadonlySet<string>): Promise<MarkedProcess[]> {
  if (marks.size === 0 || process.platform === 'win32') return [];
  const found = await (process.platform === 'linux' ? findInProc(variable, marks) : findByPs(variable, marks));
  return found.filter(({ pid }) => pid !== process.pid);
}

async function findInProc(variable: string, marks: ReadonlySet<string>): Promise<MarkedProcess[]> {
  const found: MarkedProcess[] = [];
  for (const name of await readdir('/proc')) {
    const pid = Number(name);
    if (!Number.isInteger(pid)) continue;
    // Read first: if another process takes the pid meanwhile, its start time differs.
    const identity = identifyProcess(pid);
    if (identity === undefined) continue;
    const mark = (await variablesOf(pid))
      .split('\0')
      .find((each) => each.startsWith(`${variable}=`))
      ?.slice(variable.length + 1);
    if (mark !== undefined && marks.has(mark)) found.push({ ...identity, mark });
  }
  return found;
}

/**
 * A process of another user, or one that has just ended, can't be read: it has none, and is none of ours. One that shows arguments
 * but no variables has none only if it showed the same arguments before: otherwise it may have executed a program in between.
 */
async function variablesOf(pid: number): Promise<string> {
  let before: string | undefined;
  for (let look = 0; look < LOOKS.most; look += 1) {
    const variables = await read(pid, 'environ');
    if (variables !== '' || isOfKernel(pid)) return variables;
    const command = await read(pid, 'cmdline');
    const isExecuting = /^\0*$/.test(command);
    if (!isExecuting && command === before) return '';
    if (identifyProcess(pid) === undefined) return '';
    if (isExecuting) await delay(LOOKS.milliseconds);
    before = command;
  }
  return '';
}

async function read(pid: number, file: string): Promise<string> {
  return await readFile(`/proc/${pid}/${file}`, 'utf8').catch((error: NodeJS.ErrnoException) => {
    // Without a free descriptor nobody would be found.
    if (error.code === 'EMFILE' || error.code === 'ENFILE') throw error;
    return '';
  });
}

/** `ps` writes variables one after the other behind the command, so a value is taken to end where one of the marks does. */
async function findByPs(variable: string, marks: ReadonlySet<string>): Promise<MarkedProcess[]> {
  const { stdout } = await promisify(execFile)('ps', ['-axwwE', '-o', 'pid=,command='], { maxBuffer: 50_000_000 });
  return stdout.split('\n').flatMap((line) => {
    const mark = line.includes(variable)
      ? [...marks].find((each) => `${line} `.includes(`${variable}=${each} `))
      : undefined;
    const identity = mark === undefined ? undefined : identifyProcess(Number.parseInt(line, 10));
    return mark === undefined || identity === undefined ? [] : [{ ...identity, mark }];
  });
}
