import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readlinkSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { ProcessVitals } from '../../../src/launcher/process/process-vitals.ts';
import { identify } from '../../processes.ts';
import { onlyOnLinux } from '../../not-run.ts';

/** How many descriptors of this process lead to the figures of process `pid`. */
function readersOf(pid: number): number {
  const targets = readdirSync('/proc/self/fd').map((name) => {
    try {
      return readlinkSync(`/proc/self/fd/${name}`);
    } catch {
      return ''; // the one that listed the folder
    }
  });
  return targets.filter((target) => target === `/proc/${pid}/stat`).length;
}

describe('the figures of a process', onlyOnLinux('there is no /proc elsewhere'), () => {
  test('are read by one descriptor, which is closed when the process is gone', async () => {
    const child = spawn(process.execPath, ['-e', 'console.log("up"); setInterval(() => {}, 1e6)']);
    const pid = child.pid as number;
    await once(child.stdout, 'data'); // before that it may still be a copy of this process, without memory of its own
    const vitals = new ProcessVitals(identify(pid));
    expect(vitals.read()?.memory).toBeGreaterThan(0);
    expect(vitals.read()).toBeDefined();
    expect(readersOf(pid)).toBe(1);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(vitals.read()).toBeUndefined();
    expect(readersOf(pid)).toBe(0);
  });

  test('are not those of a later process with the same pid', () => {
    const { pid, startTime = 0 } = identify(process.pid);
    const vitals = new ProcessVitals({ pid, startTime: startTime - 1 });
    expect(vitals.read()).toBeUndefined();
    expect(readersOf(process.pid)).toBe(0);
  });

  test('are not read any more once they are closed', () => {
    const vitals = new ProcessVitals(identify(process.pid));
    expect(vitals.read()).toBeDefined();
    vitals.close();
    vitals.close();
    expect(vitals.read()).toBeUndefined();
    expect(readersOf(process.pid)).toBe(0);
  });
});
