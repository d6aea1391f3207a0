import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { rename } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { messageOf } from '../../lifecycle/message-of.ts';
import { cureOfExhaustion } from '../../lifecycle/system-exhaustion.ts';
import type { ForkSockets, OfferedSockets } from './fork-sockets.ts';

/**
 * Where the sockets of the forks come from of a template on this machine. Node can't make a pair of sockets for a process that runs already, so the
 * template inherits a listening socket: this host connects to it and the template accepts, after asking the kernel who
 * connected. The address is random and in Linux's abstract name space, where there is no file, unless a path is named.
 */
export class InheritedListener implements ForkSockets {
  readonly #address: string;
  readonly #server: Server;

  private constructor(address: string, server: Server) {
    this.#address = address;
    this.#server = server;
  }

  /** Why this system lets no template have such sockets, as a sandbox around the host may; undefined: it does. */
  static async problem(): Promise<string | undefined> {
    try {
      (await InheritedListener.listen()).close();
      return undefined;
    } catch (error) {
      // For want of a free descriptor a spawn fails, too, and says so better.
      return cureOfExhaustion(error) === undefined ? messageOf(error) : undefined;
    }
  }

  /**
   * @param path where it is to be, for a child that can't ask the kernel: in a folder that only this user may enter
   * @throws Error when the system gives no socket
   */
  static async listen(path?: string): Promise<InheritedListener> {
    const address = path ?? `\0bulkhead-${randomBytes(16).toString('hex')}`;
    const server = createServer();
    // Node removes the file of that name when this side is closed, but the child goes on listening.
    const name = path === undefined ? address : `${path}.new`;
    // Otherwise, in a worker of a cluster, the primary process would listen in its place.
    server.listen({ path: name, exclusive: true });
    await once(server, 'listening');
    if (path !== undefined) await rename(name, path);
    return new InheritedListener(address, server);
  }

  /** The listening descriptor, for the child to inherit. Node documents no way to it. */
  get descriptor(): number {
    const { _handle: handle } = this.#server as unknown as { readonly _handle?: { readonly fd?: number } | null };
    if (handle?.fd === undefined || handle.fd < 0) throw new Error('Node does not tell the descriptor of a server');
    return handle.fd;
  }

  /** Call this when the child has its copy: only the template is to accept. */
  close(): void {
    this.#server.close();
  }

  /** Connects before it returns, so that a request which is sent afterwards finds the sockets waiting. */
  offer(): Promise<OfferedSockets> {
    // Paused, so that Node leaves what arrives to the reader that takes the connection over.
    const data = this.#connect().pause();
    // In the order that the protocol names.
    const sockets = { data, control: this.#connect(), stdout: this.#connect(), stderr: this.#connect() };
    const all: readonly Socket[] = Object.values(sockets);
    // Each may fail to connect: no descriptor is free, or the template is gone.
    const connected = Promise.all(all.map((socket) => once(socket, 'connect'))).then(() => sockets);
    return Promise.resolve({ connected, close: () => all.forEach((socket) => socket.destroy()) });
  }

  #connect(): Socket {
    const socket = connect({ path: this.#address }).unref(); // as those of a process that was spawned
    return socket.on('error', () => {}); // it closes
  }
}
