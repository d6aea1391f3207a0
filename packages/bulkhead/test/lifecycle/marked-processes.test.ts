import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { afterEach, expect, test } from 'vitest';
import { findMarkedProcesses } from '../../src/lifecycle/marked-processes.ts';
import { onlyOnLinux } from '../not-run.ts';

const MARK = 'LC_BULKHEAD_TEST_MARK';
const ROUNDS = 60;

let child: ChildProcess | undefined;

afterEach(() => {
  child?.kill('SIGKILL');
  child = undefined;
});

test(
  'a process that is just executing another program is found, whenever it does so during the search',
  onlyOnLinux('/proc shows it without variables'),
  async () => {
    const id = String(process.pid);
    for (let round = 0; round < ROUNDS; round += 1) {
      // until it executes what it reads it looks like one in the middle of that: it has neither arguments nor variables
      child = spawn('/bin/sh', [], { argv0: '', env: {}, stdio: ['pipe', 'ignore', 'inherit'] });
      await once(child, 'spawn');
      const search = findMarkedProcesses(MARK, new Set([id]));
      await lookAtSome(round / ROUNDS); // the search has come about as far
      child.stdin?.write(`${MARK}=${id} exec sleep 600\n`);
      expect(await search).toMatchObject([{ pid: child.pid, mark: id }]);
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
  },
);

test('a process that has no variables is passed over', onlyOnLinux('/proc is read'), async () => {
  child = spawn('/bin/sleep', ['600'], { env: {}, stdio: 'ignore' });
  await once(child, 'spawn');
  expect(await findMarkedProcesses(MARK, new Set([`nobody ${process.pid}`]))).toEqual([]);
});

/** Reads this part of all processes. */
async function lookAtSome(part: number): Promise<void> {
  const names = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  for (const name of names.slice(0, names.length * part))
    await readFile(`/proc/${name}/environ`).catch(() => undefined);
}
