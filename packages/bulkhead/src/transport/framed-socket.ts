import type { Socket } from 'node:net';
import { FrameDecoder, FrameEncoder, type PluginMessage } from '@bulkhead/protocol';
import { type Deferred, deferred } from '../lifecycle/deferred.ts';
import { readStraight } from './straight-reading.ts';
import type { CloseInfo, FrameReceiver } from './transport.ts';

/**
 * One channel over one stream socket. What is sent in one tick leaves in one write: measured, this more than doubles the
 * calls per second at 64 in flight.
 */
export class FramedSocket {
  readonly closed: Promise<CloseInfo>;
  #socket: Socket;
  readonly #limits: { readonly maxFrameBytes: number; readonly maxBodyBytes: number };
  readonly #encoder: FrameEncoder;
  #bodyThreshold = Number.POSITIVE_INFINITY;
  #flushScheduled = false;
  #closedBy: CloseInfo | undefined;
  readonly #closing: Deferred<CloseInfo> = deferred();

  constructor(socket: Socket, limits: { readonly frame: number; readonly body: number }) {
    this.#socket = socket;
    this.#limits = { maxFrameBytes: limits.frame, maxBodyBytes: limits.body };
    this.#encoder = new FrameEncoder(this.#limits);
    this.closed = this.#closing.promise;
    this.#watch(socket);
  }

  set bodyThreshold(bytes: number) {
    this.#bodyThreshold = bytes;
  }

  /** Starts reading. `readsBodies`: worth moving into a socket that reads straight into their memory. */
  open(receiver: FrameReceiver, readsBodies: boolean): void {
    const decoder = new FrameDecoder(
      {
        frame: (message) => receiver.message(message as unknown as PluginMessage),
        refused: (error, { length, kind, id, fatal }) => receiver.refused({ error, length, kind, id, fatal }),
        memoryFor: (message) => receiver.memoryFor?.(message as unknown as PluginMessage),
      },
      this.#limits,
    );
    if (!readsBodies) return void this.#socket.on('data', (chunk: Buffer) => decoder.push(chunk));
    const straight = readStraight(this.#socket, {
      get target() {
        return decoder.bodyTarget;
      },
      filled: (bytes) => decoder.bodyFilled(bytes),
      chunk: (chunk) => decoder.push(chunk),
    });
    if (straight === undefined) this.#socket.on('data', (chunk: Buffer) => decoder.push(chunk)).resume();
    else this.#watch((this.#socket = straight));
  }

  /** @returns the message's size in bytes, bodies included. */
  send(message: readonly unknown[]): number {
    const before = this.#encoder.length;
    const bodies = this.#encoder.append(message, this.#bodyThreshold);
    let size = this.#encoder.length - before;
    if (bodies.length > 0) {
      for (const body of bodies) size += body.length;
      this.#flushWithBodies(bodies);
    } else if (!this.#flushScheduled) {
      this.#flushScheduled = true;
      process.nextTick(this.#flush);
    }
    return size;
  }

  get writable(): Promise<void> {
    if (!this.#socket.writableNeedDrain || this.#socket.destroyed) return Promise.resolve();
    const { promise, resolve } = deferred<void>();
    this.#socket.once('drain', resolve);
    // `drain` never comes from a socket whose peer is gone
    void this.closed.then(() => resolve());
    return promise;
  }

  /** Sends what is queued, then the end of the stream; drops the socket when the peer does not end its side. */
  close(): void {
    this.#flush();
    this.#closedBy ??= { by: 'local' };
    this.#socket.destroySoon();
  }

  #watch(socket: Socket): void {
    socket.on('error', (error) => (this.#closedBy ??= { by: 'failed', error }));
    socket.once('close', () => {
      // a socket whose connection was moved into another closes, too
      if (socket === this.#socket) this.#closing.resolve((this.#closedBy ??= { by: 'peer' }));
    });
  }

  readonly #flush = (): void => {
    this.#flushScheduled = false;
    if (this.#encoder.length === 0) return;
    const batch = this.#encoder.take();
    if (this.#socket.destroyed || this.#socket.writableEnded) return;
    this.#socket.write(batch);
    // Given to the kernel whole, the batch's memory can be used again; else the socket still needs it.
    if (this.#socket.writableLength > 0) this.#encoder.detach();
  };

  #flushWithBodies(bodies: readonly Uint8Array[]): void {
    if (this.#socket.destroyed || this.#socket.writableEnded) return;
    this.#socket.cork();
    this.#flush();
    for (const body of bodies) this.#socket.write(body);
    this.#socket.uncork();
  }
}
