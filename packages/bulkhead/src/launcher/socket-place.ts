import { mkdtemp, readdir, rm, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { launchFailed } from './process/launch-failed.ts';

const PREFIX = 'bulkhead-';
/** Of `sun_path` (unix(7)), without the byte that ends it. */
const LONGEST_PATH_BYTES = 107;

/** Sockets of one instance, in a folder that only this user may enter. */
export class SocketPlace {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  /**
   * @param names of the sockets that will lie there
   * @throws BulkheadError `PLUGIN_LAUNCH_FAILED`
   */
  static async make(plugin: string, names: readonly string[]): Promise<SocketPlace> {
    const folder = await mkdtemp(join(tmpdir(), PREFIX)).catch((cause: unknown) => {
      throw launchFailed(plugin, cause);
    });
    const place = new SocketPlace(folder);
    const bytes = Math.max(...names.map((name) => Buffer.byteLength(place.path(name))));
    if (bytes <= LONGEST_PATH_BYTES) return place;
    place.remove();
    const problem = `the path of its socket would have ${bytes} bytes, and the system allows ${LONGEST_PATH_BYTES}`;
    throw launchFailed(plugin, new Error(problem), 'Name a folder with a shorter path in TMPDIR.');
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  /** What is connected stays so. */
  remove(): void {
    void rm(this.folder, { recursive: true, force: true }).catch(() => undefined);
  }
}

/** Removes what a killed host has left. A note of its ledger is no reason to remove anything but sockets. */
export async function forgetSocketPlace(folder: string | undefined): Promise<void> {
  if (typeof folder !== 'string' || !basename(folder).startsWith(PREFIX)) return;
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => undefined);
  if (entries === undefined || entries.some((entry) => !entry.isSocket())) return;
  await Promise.all(entries.map(async ({ name }) => await rm(join(folder, name), { force: true })));
  await rmdir(folder).catch(() => undefined); // another host was first
}
