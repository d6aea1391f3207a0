import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** The four sockets of one fork, in the order in which they are connected. */
export interface ForkSocketSet {
  readonly data: Socket;
  readonly control: Socket;
  readonly stdout: Socket;
  readonly stderr: Socket;
}

/**
 * Where the sockets of a template's forks come from. Node can't make a pair of sockets for a process that runs already, so the
 * template inherits a listening socket: this host connects to it and the template accepts, after asking the kernel who
 * connected. The address is random and in Linux's abstract name space: there is no file, and no limit on a path's length.
 */
export class ForkSockets {
  readonly #address: string;
  readonly #server: Server;

  private constructor(address: string, server: Server) {
    this.#address = address;
    this.#server = server;
  }

  /** @throws Error when the system gives no socket */
  static async listen(): Promise<ForkSockets> {
    const address = `\0bulkhead-${randomBytes(16).toString('hex')}`;
    const server = createServer();
    // In a worker of a cluster it would otherwise be the primary process that listens.
    server.listen({ path: address, exclusive: true });
    await once(server, 'listening');
    return new ForkSockets(address, server);
  }

  /** The listening descriptor, for the child to inherit. Node hands it out by no documented name. */
  get descriptor(): number {
    const { _handle: handle } = this.#server as unknown as { readonly _handle?: { readonly fd?: number } | null };
    if (handle?.fd === undefined || handle.fd < 0) throw new Error('Node does not tell the descriptor of a server');
    return handle.fd;
  }

  /** To be called when the child has its copy: this host must not accept what is meant for the template. */
  close(): void {
    this.#server.close();
  }

  /** Connects before it returns, so that a request which is sent afterwards finds the sockets waiting. */
  connect(): ForkSocketSet {
    // Paused, because its reader takes the connection over, and has to find there what arrived.
    const data = this.#connect().pause();
    return { data, control: this.#connect(), stdout: this.#connect(), stderr: this.#connect() };
  }

  #connect(): Socket {
    return connect({ path: this.#address });
  }
}
