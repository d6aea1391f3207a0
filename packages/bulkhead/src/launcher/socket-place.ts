import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { launchFailed } from './process/launch-failed.ts';

/** Of `sun_path` (unix(7)), without the byte that ends it. */
const LONGEST_PATH_BYTES = 107;

/** Where an instance is to listen: a socket in a folder that only this user may enter. */
export class SocketPlace {
  readonly path: string;
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
    this.path = join(folder, 'plugin');
  }

  /** @throws BulkheadError `PLUGIN_LAUNCH_FAILED` */
  static async make(plugin: string): Promise<SocketPlace> {
    const folder = await mkdtemp(join(tmpdir(), 'bulkhead-')).catch((cause: unknown) => {
      throw launchFailed(plugin, cause);
    });
    const place = new SocketPlace(folder);
    const bytes = Buffer.byteLength(place.path);
    if (bytes <= LONGEST_PATH_BYTES) return place;
    place.remove();
    const problem = `the path of its socket would have ${bytes} bytes, and the system allows ${LONGEST_PATH_BYTES}`;
    throw launchFailed(plugin, new Error(problem), 'Name a folder with a shorter path in TMPDIR.');
  }

  /** What is connected stays so. */
  remove(): void {
    void rm(this.#folder, { recursive: true, force: true }).catch(() => undefined);
  }
}
