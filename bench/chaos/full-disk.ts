import { execFile } from 'node:child_process';
import { mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { PluginManager } from 'bulkhead';
import { Arena } from './arena.ts';
import { builtCheck, writeBuiltPlugin } from './built-plugin.ts';
import type { Fault } from './faults.ts';
import type { ChaosHome } from './home.ts';

const run = promisify(execFile);
const SIZE = '64m';

/** A small file system of its own, which can be full while the rest of the machine is not. */
export class SmallDisk implements AsyncDisposable {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** @throws Error on another system than Linux, without root, and in a container that may not mount. */
  static async mount(folder: string): Promise<SmallDisk> {
    if (process.getuid?.() !== 0) throw new Error('needs root, to mount a small file system');
    await mkdir(folder);
    await run('mount', ['-t', 'tmpfs', '-o', `size=${SIZE}`, 'tmpfs', folder]);
    return new SmallDisk(folder);
  }

  /** Fills the disk; the returned function makes room again. */
  async fill(): Promise<() => Promise<void>> {
    const path = join(this.folder, 'ballast');
    const file = await open(path, 'w');
    try {
      for (const size of [1 << 20, 1 << 12, 1])
        while (await file.write(Buffer.alloc(size)).then(({ bytesWritten }) => bytesWritten === size, isNoRoom));
    } finally {
      await file.close();
    }
    return () => rm(path);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await run('umount', ['--lazy', this.folder]);
  }
}

/** Building an environment on a full disk must fail with a code that says so, and must work once there is room. */
export function fullDisk(home: ChaosHome, disk: SmallDisk): Fault {
  return async ({ cast, tally }, random) => {
    const number = random.integer(1, 1e9);
    const folder = await writeBuiltPlugin(home.folder, number, 0);
    await using manager = new PluginManager(home.options(join(disk.folder, 'home')));
    const apart = new Arena(manager, cast, tally, new AbortController().signal);
    const makeRoom = await disk.fill();
    tally.fault('disk full');
    const id = await manager.loadPlugin(folder);
    await apart.attempt(id, {
      ...builtCheck(number),
      mayFailWith: ['STATE_FOLDER_UNUSABLE', 'ENVIRONMENT_BUILD_FAILED'],
    });
    await makeRoom();
    const before = tally.counts.verified;
    await apart.attempt(id, builtCheck(number));
    if (tally.counts.verified === before)
      tally.counts.wrong.push('disk full: it does not work once there is room again');
  };
}

function isNoRoom(error: NodeJS.ErrnoException): boolean {
  if (error.code === 'ENOSPC') return false;
  throw error;
}
