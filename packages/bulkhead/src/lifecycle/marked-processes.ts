import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { identifyProcess, type ProcessIdentity } from './process-identity.ts';

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
    // Before what is read of it: whoever has the pid afterwards is another process, with another start time.
    const identity = identifyProcess(pid);
    if (identity === undefined) continue;
    // a process of another user, or one that has just ended, can't be read, and is none of ours
    const variables = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
    const mark = variables
      .split('\0')
      .find((each) => each.startsWith(`${variable}=`))
      ?.slice(variable.length + 1);
    if (mark !== undefined && marks.has(mark)) found.push({ ...identity, mark });
  }
  return found;
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
