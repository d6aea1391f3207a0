import { once } from 'node:events';
import { chmodSync, mkdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { abortable } from '../../lifecycle/wait.ts';
import { launchFailed } from '../process/launch-failed.ts';

/** This host's ends of the sockets that a container has connected, by name. */
export type ContainerSockets<Name extends string> = Readonly<Record<Name, Socket>>;

/** Of `sun_path` (unix(7)), without the byte that ends it. */
const LONGEST_PATH_BYTES = 107;

/**
 * A folder that one container sees, and sockets in it. Whoever the container runs as may connect; the folder above lets
 * nobody else of this machine in. Each socket takes one connection.
 */
export class SocketFolder<Name extends string> {
  readonly path: string;
  readonly #servers: readonly Server[];
  readonly #accepted: Promise<ContainerSockets<Name>>;

  private constructor(path: string, names: readonly Name[]) {
    this.path = path;
    // Paused, so that Node leaves what arrives to the reader that takes the connection over.
    this.#servers = names.map(() => createServer({ pauseOnConnect: true }));
    this.#accepted = Promise.all(this.#servers.map(firstConnection)).then(
      (sockets) => Object.fromEntries(names.map((name, index) => [name, sockets[index]])) as Record<Name, Socket>,
    );
    this.#accepted.catch(() => undefined); // nobody waits for a container that did not start
  }

  /** @throws BulkheadError `PLUGIN_LAUNCH_FAILED`; the system's error when there can be no such folder */
  static async open<Name extends string>(
    plugin: string,
    path: string,
    names: readonly Name[],
  ): Promise<SocketFolder<Name>> {
    const problem = pathProblem(path, names);
    if (problem !== undefined)
      throw launchFailed(plugin, new Error(problem), 'Name a folder with a shorter path in BULKHEAD_HOME.');
    // Each takes microseconds here, and ten times as long through a thread: a fork waits for it.
    mkdirSync(path, { recursive: true });
    chmodSync(path, 0o711);
    const folder = new SocketFolder(path, names);
    try {
      await Promise.all(folder.#servers.map((server, index) => listen(server, join(path, names[index] as Name))));
    } catch (error) {
      await folder.close();
      throw error;
    }
    return folder;
  }

  /** @throws the signal's reason */
  async accept(signal?: AbortSignal): Promise<ContainerSockets<Name>> {
    return await (signal === undefined ? this.#accepted : abortable(this.#accepted, signal));
  }

  /** Connections that were accepted stay. */
  async close(): Promise<void> {
    for (const server of this.#servers) server.close();
    await rm(this.path, { recursive: true, force: true });
  }
}

/** Why there can be no such sockets; undefined: there can. */
export function pathProblem(path: string, names: readonly string[]): string | undefined {
  const bytes = Math.max(...names.map((name) => Buffer.byteLength(join(path, name))));
  return bytes <= LONGEST_PATH_BYTES
    ? undefined
    : `the path of its sockets would have ${bytes} bytes, and the system allows ${LONGEST_PATH_BYTES}: ${path}`;
}

async function listen(server: Server, path: string): Promise<void> {
  // Otherwise, in a worker of a cluster, the primary process would listen in its place.
  server.listen({ path, exclusive: true, readableAll: true, writableAll: true });
  await once(server, 'listening');
}

async function firstConnection(server: Server): Promise<Socket> {
  const [socket] = (await once(server, 'connection')) as [Socket];
  server.on('connection', (another: Socket) => another.destroy());
  server.close();
  return socket.unref(); // as those of a process that was spawned
}
