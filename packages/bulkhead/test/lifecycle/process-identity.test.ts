import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { identifyChild, identifyProcess, isSameProcess } from '../../src/lifecycle/process-identity.ts';
import { onlyOnLinux } from '../not-run.ts';

test('a process is known while it lives, and not after', async () => {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
  const identity = identifyProcess(child.pid as number);
  expect(identity?.pid).toBe(child.pid);
  expect(isSameProcess(identity as NonNullable<typeof identity>)).toBe(true);
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(isSameProcess(identity as NonNullable<typeof identity>)).toBe(false);
});

test('another process with the same pid is not taken for it', onlyOnLinux('start times are read from /proc'), () => {
  const self = identifyProcess(process.pid);
  expect(self?.startTime).toBeGreaterThan(0);
  expect(isSameProcess({ pid: process.pid, startTime: 1 })).toBe(false);
});

test(
  'a process whose parent has just ended is not taken for the child of another',
  onlyOnLinux('parents are read from /proc'),
  () => {
    const shell = spawnSync('sh', ['-c', 'sleep 60 >/dev/null 2>&1 & echo $!'], { encoding: 'utf8' });
    const left = Number(shell.stdout);
    try {
      expect(identifyChild(left, shell.pid)).toEqual({ pid: left, startTime: undefined });
      expect(identifyChild(left, process.pid)).toBe('child of another');
    } finally {
      process.kill(left, 'SIGKILL');
    }
  },
);
