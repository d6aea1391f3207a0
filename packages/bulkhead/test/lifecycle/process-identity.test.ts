import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { identifyProcess, isSameProcess } from '../../src/lifecycle/process-identity.ts';
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
