import { join } from 'node:path';
import type { ForkSockets, ForkSocketSet, OfferedSockets } from '../forkserver/fork-sockets.ts';
import { pathProblem, SocketFolder } from './socket-folder.ts';

const NAMES = ['data', 'control', 'stdout', 'stderr', 'lifeline'] as const;
/** A template forks fewer in its life. */
const LARGEST_NUMBER = '9999999';

/** A folder for each fork, in the folder that its container sees: there this host listens, and the template connects. */
export class ForkFolders implements ForkSockets {
  readonly #plugin: string;
  readonly #path: string;

  /** @param path of the folder that the container sees */
  constructor(plugin: string, path: string) {
    this.#plugin = plugin;
    this.#path = path;
  }

  /** Why there can be none in a folder; undefined: there can. */
  static problem(path: string): string | undefined {
    return pathProblem(join(path, LARGEST_NUMBER), NAMES);
  }

  async offer(number: number): Promise<OfferedSockets> {
    const folder = await SocketFolder.open(this.#plugin, join(this.#path, String(number)), NAMES);
    const connected: Promise<ForkSocketSet> = folder.accept().then((sockets) => {
      // An end of each shows at its channels and its exit.
      for (const socket of Object.values(sockets)) socket.on('error', () => {});
      void folder.close();
      return sockets;
    });
    const close = (): void => {
      void folder.close();
      void connected.then((sockets) => {
        for (const socket of Object.values(sockets)) socket.destroy();
      });
    };
    return { connected, close };
  }
}
