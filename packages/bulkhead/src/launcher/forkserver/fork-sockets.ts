import type { Socket } from 'node:net';

/** This host's ends of the sockets of one fork. */
export interface ForkSocketSet {
  readonly data: Socket;
  readonly control: Socket;
  readonly stdout: Socket;
  readonly stderr: Socket;
  /** Undefined where its template holds its lifeline. */
  readonly lifeline?: Socket;
}

/** Sockets that a template may take for a fork. */
export interface OfferedSockets {
  /** Rejects if they can't be connected. */
  readonly connected: Promise<ForkSocketSet>;
  /** A fork that takes them after all finds them closed, and exits. */
  close(): void;
}

/** Where the sockets of a template's forks come from: Node can't make a pair of sockets for a process that runs already. */
export interface ForkSockets {
  /** Resolves when the template may be asked for the fork with that number. */
  offer(number: number): Promise<OfferedSockets>;
}
