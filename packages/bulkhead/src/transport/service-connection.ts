import { Buffer } from 'node:buffer';
import type { ZeromqSocket } from '../launcher/running-instance.ts';
import { abortable, wait } from '../lifecycle/wait.ts';

/** Between two attempts to connect to a service that is not there yet. */
const RETRY_MILLISECONDS = 50;
/** How often is looked whether the service is still connected while it works. */
const WATCH_MILLISECONDS = 25;

/** The connection is lost. */
export class ServiceLost extends Error {}

/**
 * One connection to a service that answers one request after the other. Its socket is a DEALER, which says what a REQ says: an
 * empty part, then the request. A REQ would not tell that its peer is gone, and never be usable again without an answer.
 */
export class ServiceConnection {
  readonly #socket: ZeromqSocket;

  private constructor(socket: ZeromqSocket) {
    this.#socket = socket;
  }

  /**
   * Waits until the service is there.
   *
   * @param open makes a socket that does not connect again by itself
   * @param patience milliseconds that nobody may listen there
   * @throws an error whose message says in a clause why it can't be reached, or the signal's reason
   */
  static async open(
    open: () => ZeromqSocket,
    address: string,
    patience: number,
    signal: AbortSignal,
  ): Promise<ServiceConnection> {
    const until = performance.now() + patience;
    for (;;) {
      const socket = open();
      try {
        if (await connects(socket, address, signal)) return new ServiceConnection(socket);
        socket.close();
      } catch (error) {
        socket.close();
        throw error;
      }
      if (performance.now() > until) throw new Error('nothing listens there');
      await wait(RETRY_MILLISECONDS, signal, false);
    }
  }

  get isConnected(): boolean {
    return !this.#socket.closed && this.#socket.writable;
  }

  /** One at a time. @throws ServiceLost, or the error of the socket */
  async ask(request: Uint8Array): Promise<readonly Buffer[]> {
    this.#socket.receiveTimeout = WATCH_MILLISECONDS;
    if (!this.isConnected) throw new ServiceLost('the service closed the connection');
    await this.#socket.send([Buffer.alloc(0), asBuffer(request)]);
    for (;;) {
      try {
        return await this.#socket.receive();
      } catch (error) {
        if (this.#socket.closed || (error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      }
      if (!this.isConnected && !this.#socket.readable)
        throw new ServiceLost('the service closed the connection while it had a request');
    }
  }

  close(): void {
    this.#socket.close();
  }
}

/** False: nobody listens there. @throws as `hear`, or the signal's reason */
async function connects(socket: ZeromqSocket, address: string, signal: AbortSignal): Promise<boolean> {
  signal.throwIfAborted();
  const heard = hear(socket); // before it connects, or events are lost
  socket.connect(address);
  return await abortable(heard, signal);
}

/**
 * The events are never closed before their socket: ZeroMQ would wait for ever to tell that it is closed, too.
 *
 * @throws an error that says what else listens there
 */
async function hear({ events, securityMechanism }: ZeromqSocket): Promise<boolean> {
  let failure = 'the socket that listens there is of another kind than REP';
  for await (const event of events) {
    switch (event.type) {
      case 'handshake':
        return true;
      case 'close':
      case 'connect:retry':
        return false;
      case 'handshake:error:auth':
      case 'handshake:error:protocol':
        failure = `what listens there refuses this host's handshake (${event.error?.message})`;
        break;
      case 'handshake:error:other':
        // a service of CURVE that can't read what came goes without a word
        failure = `what listens there does not speak ZeroMQ${securityMechanism === 'curve' ? ', or has another key than `curve` names' : ''}`;
        break;
      case 'disconnect':
        throw new Error(failure);
      default:
    }
  }
  return false;
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
