import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { RunningPeer } from './running-peer.ts';

const COUNTS = [1, 50, 200];
const PROGRAM = fileURLToPath(new URL('idle-process.js', import.meta.url));

/** Measures what idle plugins cost the host, and how much they slow down a call to one of them. */
export interface Idle {
  readonly plugins: number;
  /** MiB of the host's memory for each plugin, over the same host before it had any. */
  readonly hostMiBEach: number;
  /** MiB of a plugin's process: resident, and proportional (each shared page divided by its users). */
  readonly processResidentMiB: number;
  readonly processProportionalMiB: number;
  /** Milliseconds of the host's processor time in one second without calls. */
  readonly hostMillisecondsPerSecond: number;
  /** Microseconds of a call to one of them. */
  readonly callP50: number;
  /** Milliseconds to the first result of the first plugin, and of the tenth if there is one. */
  readonly startFirst: number;
  readonly startTenth?: number | undefined;
}

export async function measureIdle(home: string): Promise<readonly Idle[]> {
  const folder = await mkdtemp(join(tmpdir(), 'bulkhead-bench-idle-'));
  try {
    const results: Idle[] = [];
    for (const count of COUNTS) {
      await using host = new RunningPeer(process.execPath, [PROGRAM, home, folder, String(count)]);
      results.push(await host.ask<Idle>('measure'));
    }
    return results;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
