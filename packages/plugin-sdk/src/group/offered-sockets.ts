import { createServer, type Socket } from 'node:net';
import { complain, killWithDescendants } from '../wire/end-process.ts';

/** The connections of one plugin, paused. */
export interface MemberSockets {
  readonly data: Socket;
  readonly control: Socket;
  readonly stdout: Socket;
  readonly stderr: Socket;
}

const COUNT = 4;

/** What the host connects to before it begins a plugin. Nobody but its user can: Node does not tell who has connected. */
export class OfferedSockets {
  #accepted: Socket[] = [];
  readonly #waiting: ((sockets: MemberSockets) => void)[] = [];

  /** @param listener a descriptor */
  constructor(listener: number) {
    const server = createServer({ pauseOnConnect: true, allowHalfOpen: true });
    server.on('connection', (socket) => {
      this.#accepted.push(socket.on('error', () => {})); // it closes
      this.#handOut();
    });
    server.on('error', ({ message }) => {
      complain(`The group can't accept the sockets of its plugins: ${message}`);
      killWithDescendants();
    });
    server.listen({ fd: listener });
  }

  /** Resolves in the order in which it is called, which is that of the connections. */
  next(): Promise<MemberSockets> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#handOut();
    });
  }

  #handOut(): void {
    while (this.#waiting.length > 0 && this.#accepted.length >= COUNT) {
      const [data, control, stdout, stderr] = this.#accepted.splice(0, COUNT) as [Socket, Socket, Socket, Socket];
      this.#waiting.shift()?.({ data, control, stdout, stderr });
    }
  }
}

/** Node documents no way to the descriptor of a socket. */
export function descriptorOf(socket: Socket): number {
  const { _handle: handle } = socket as unknown as { readonly _handle?: { readonly fd?: number } | null };
  if (handle?.fd === undefined || handle.fd < 0) throw new Error('Node does not tell the descriptor of a socket');
  return handle.fd;
}
