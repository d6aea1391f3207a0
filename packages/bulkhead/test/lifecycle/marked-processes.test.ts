import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { afterEach, expect, test } from 'vitest';
import { findMarkedProcesses } from '../../src/lifecycle/marked-processes.ts';
import { onlyOnLinux } from '../not-run.ts';

const MARK = 'LC_BULKHEAD_TEST_MARK';

let child: ChildProcess | undefined;

afterEach(() => {
  child?.kill('SIGKILL');
  child = undefined;
});

test(
  'a process that is just executing another program is found',
  onlyOnLinux('/proc shows it without variables'),
  async () => {
    const id = String(process.pid);
    // until it executes what it reads it looks like one in the middle of that: it has neither arguments nor variables
    child = spawn('/bin/sh', [], { argv0: '', env: {}, stdio: ['pipe', 'ignore', 'inherit'] });
    await once(child, 'spawn');
    const search = findMarkedProcesses(MARK, new Set([id]));
    await lookAtAll(); // the search has come as far
    child.stdin?.write(`${MARK}=${id} exec sleep 600\n`);
    expect(await search).toMatchObject([{ pid: child.pid, mark: id }]);
  },
);

test('a process that has no variables is passed over', onlyOnLinux('/proc is read'), async () => {
  child = spawn('/bin/sleep', ['600'], { env: {}, stdio: 'ignore' });
  await once(child, 'spawn');
  expect(await findMarkedProcesses(MARK, new Set([`nobody ${process.pid}`]))).toEqual([]);
});

async function lookAtAll(): Promise<void> {
  for (const name of await readdir('/proc')) await readFile(`/proc/${name}/environ`).catch(() => undefined);
}
