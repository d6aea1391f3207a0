import type { Socket } from 'node:net';
import { BODY_THRESHOLD_BYTES, channelOf, CONTROL_LIMITS, type HostMessage } from '@bulkhead/protocol';
import { FramedSocket } from './framed-socket.ts';
import type { CloseInfo, FrameReceiver, Transport, TransportLimits } from './transport.ts';

/** Data and control, each on a connected stream socket. */
export class SocketTransport implements Transport {
  readonly closed: Promise<CloseInfo>;
  readonly #data: FramedSocket;
  readonly #control: FramedSocket;

  constructor(sockets: { readonly data: Socket; readonly control: Socket }, limits: TransportLimits) {
    this.#data = new FramedSocket(sockets.data, limits);
    this.#control = new FramedSocket(sockets.control, { ...limits, ...CONTROL_LIMITS });
    let firstEnded: CloseInfo['channel'];
    // Answers may still be on their way when control ends, so the end of data decides; asking for it makes it come.
    void this.#control.closed.then((info) => {
      if (info.by === 'peer') firstEnded ??= 'control';
      this.#data.end();
    });
    this.closed = this.#data.closed.then((info) => {
      this.#control.close();
      return info.by === 'peer' ? { by: 'peer', channel: firstEnded ?? 'data' } : info;
    });
  }

  open(receiver: FrameReceiver): void {
    this.#data.open(receiver, true);
    this.#control.open(receiver, false);
  }

  useBodies(enabled: boolean): void {
    this.#data.bodyThreshold = enabled ? BODY_THRESHOLD_BYTES : Number.POSITIVE_INFINITY;
  }

  send(message: HostMessage): number {
    return (channelOf(message[0]) === 'data' ? this.#data : this.#control).send(message);
  }

  get writable(): Promise<void> {
    return this.#data.writable;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#data.close();
    this.#control.close();
    await this.closed;
  }
}
