import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { identifyProcess, isSameProcess, type ProcessIdentity } from '../lifecycle/process-identity.ts';
import { wait } from '../lifecycle/wait.ts';
import { BUILD_MARK } from './builder-variables.ts';

const LONGEST_DEATH = 5000;

/**
 * Ends what a killed host left running on the environment at `prefix`: its uv would go on writing into the folder that is
 * about to be built anew. They are known by a variable in their environment, which their own children inherit. On Windows
 * nothing can be asked for that; there, open files keep the folder from being deleted, and the build fails and says so.
 */
export async function endOrphanedBuilders(prefix: string, signal: AbortSignal): Promise<number> {
  const mark = `${BUILD_MARK}=${prefix}`;
  const orphans =
    process.platform === 'linux' ? await findInProc(mark) : process.platform === 'win32' ? [] : await findByPs(mark);
  for (const { pid } of orphans) end(pid);
  const deadline = Date.now() + LONGEST_DEATH;
  while (orphans.some(isSameProcess) && Date.now() < deadline) await wait(10, signal);
  return orphans.length;
}

async function findInProc(mark: string): Promise<ProcessIdentity[]> {
  const found: ProcessIdentity[] = [];
  for (const name of await readdir('/proc')) {
    const pid = Number(name);
    if (!Number.isInteger(pid) || pid === process.pid) continue;
    // a process of another user, or one that has just ended, can't be read, and is none of ours
    const variables = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
    const identity = variables.split('\0').includes(mark) ? identifyProcess(pid) : undefined;
    if (identity !== undefined) found.push(identity);
  }
  return found;
}

async function findByPs(mark: string): Promise<ProcessIdentity[]> {
  const { stdout } = await promisify(execFile)('ps', ['-axwwE', '-o', 'pid=,command='], { maxBuffer: 50_000_000 });
  return stdout
    .split('\n')
    .filter((line) => `${line} `.includes(`${mark} `))
    .flatMap((line) => identifyProcess(Number.parseInt(line, 10)) ?? [])
    .filter(({ pid }) => pid !== process.pid);
}

function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
