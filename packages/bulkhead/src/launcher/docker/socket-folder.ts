import { chmod, mkdir, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { abortable } from '../../lifecycle/wait.ts';
import { launchFailed } from '../process/launch-failed.ts';

/** This host's ends of the sockets that a container has connected. */
export interface ContainerSockets {
  readonly data: Socket;
  readonly control: Socket;
  readonly lifeline: Socket;
}

const NAMES = ['data', 'control', 'lifeline'] as const;
/** Of `sun_path` (unix(7)), without the byte that ends it. */
const LONGEST_PATH_BYTES = 107;

/**
 * The folder that one container sees, and the sockets in it. Whoever the container runs as may connect; the folder above lets
 * nobody else of this machine in. Each socket takes one connection.
 */
export class SocketFolder {
  readonly path: string;
  readonly #servers: readonly Server[];
  readonly #accepted: Promise<ContainerSockets>;

  private constructor(path: string, servers: readonly Server[]) {
    this.path = path;
    this.#servers = servers;
    const sockets = Promise.all(servers.map(firstConnection));
    this.#accepted = sockets.then(([data, control, lifeline]) => ({ data, control, lifeline }) as ContainerSockets);
    this.#accepted.catch(() => undefined); // nobody waits for a container that did not start
  }

  /** @throws BulkheadError `PLUGIN_LAUNCH_FAILED`; the system's error when there can be no such folder */
  static async open(plugin: string, path: string): Promise<SocketFolder> {
    const bytes = Math.max(...NAMES.map((name) => Buffer.byteLength(join(path, name))));
    if (bytes > LONGEST_PATH_BYTES)
      throw launchFailed(
        plugin,
        new Error(
          `the path of its sockets would have ${bytes} bytes, and the system allows ${LONGEST_PATH_BYTES}: ${path}`,
        ),
        'Name a folder with a shorter path in BULKHEAD_HOME.',
      );
    await mkdir(path, { recursive: true });
    await chmod(path, 0o711);
    // Paused, so that Node leaves what arrives to the reader that takes the connection over.
    const servers = NAMES.map(() => createServer({ pauseOnConnect: true }));
    const folder = new SocketFolder(path, servers);
    try {
      await Promise.all(servers.map((server, index) => listen(server, join(path, NAMES[index] as string))));
    } catch (error) {
      await folder.close();
      throw error;
    }
    return folder;
  }

  /** @throws the signal's reason */
  async accept(signal: AbortSignal): Promise<ContainerSockets> {
    return await abortable(this.#accepted, signal);
  }

  /** Connections that were accepted stay. */
  async close(): Promise<void> {
    for (const server of this.#servers) server.close();
    await rm(this.path, { recursive: true, force: true });
  }
}

async function listen(server: Server, path: string): Promise<void> {
  // Otherwise, in a worker of a cluster, the primary process would listen in its place.
  server.listen({ path, exclusive: true });
  await once(server, 'listening');
  await chmod(path, 0o666);
}

async function firstConnection(server: Server): Promise<Socket> {
  const [socket] = (await once(server, 'connection')) as [Socket];
  server.on('connection', (another: Socket) => another.destroy());
  server.close();
  return socket;
}
