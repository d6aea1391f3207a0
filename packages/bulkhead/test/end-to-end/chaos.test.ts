import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const PROGRAM = fileURLToPath(new URL('../../../../bench/dist/chaos/chaos.js', import.meta.url));

// What is left behind is counted in /proc, which only Linux has.
test.runIf(process.platform === 'linux')(
  'whatever happens to plugins and hosts, every call is answered rightly or fails with a reason, and nothing is left',
  { timeout: 180_000 },
  async () => {
    const chaos = spawn(process.execPath, [PROGRAM, '--seconds', '12', '--seed', '4'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [report] = await Promise.all([text(chaos.stdout), once(chaos, 'exit')]);
    expect(report).toMatch(/calls verified +[1-9]\d*[^]*lost 0, wrong 0, orphans 0, otherwise left 0\nall is well\n$/);
    expect(chaos.exitCode, report).toBe(0);
  },
);
