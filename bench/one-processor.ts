import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Runs `work` while this process, `others` and the processes that they start share one processor, where `taskset` exists. */
export async function onOneProcessor<Result>(others: readonly number[], work: () => Promise<Result>): Promise<Result> {
  const processes = [process.pid, ...others];
  const before = await Promise.all(processes.map(processorsOf));
  await Promise.all(processes.map((pid) => allow(pid, '0')));
  try {
    return await work();
  } finally {
    await Promise.all(processes.map((pid, index) => allow(pid, before[index])));
  }
}

/** The processors that a process may use, such as `0-3,6`; undefined where the system does not tell. */
async function processorsOf(pid: number): Promise<string | undefined> {
  const { stdout } = await run('taskset', ['-cp', String(pid)]).catch(() => ({ stdout: '' }));
  return /: ([\d,-]+)\s*$/.exec(stdout)?.[1];
}

async function allow(pid: number, processors: string | undefined): Promise<void> {
  // fails without taskset, or when the process has ended: then there is nothing to undo
  if (processors !== undefined) await run('taskset', ['-acp', processors, String(pid)]).catch(() => undefined);
}
