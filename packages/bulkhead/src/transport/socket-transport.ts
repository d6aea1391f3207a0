import { BODY_THRESHOLD_BYTES, channelOf, type HostMessage } from '@bulkhead/protocol';
import { BulkheadError } from '../errors/bulkhead-error.ts';
import type { SocketPairEndpoint } from '../launcher/running-instance.ts';
import { FramedSocket } from './framed-socket.ts';
import type { CloseInfo, FrameReceiver, Transport } from './transport.ts';

export interface SocketTransportOptions {
  readonly plugin: string;
  /** Largest frame and largest body accepted and sent, in bytes. */
  readonly limits: { readonly frame: number; readonly body: number };
}

/** The default transport: data and control, each on a socket pair that the instance inherited. */
export class SocketTransport implements Transport {
  readonly closed: Promise<CloseInfo>;
  readonly #options: SocketTransportOptions;
  readonly #data: FramedSocket;
  readonly #control: FramedSocket;
  #isClosed = false;

  constructor(endpoint: SocketPairEndpoint, options: SocketTransportOptions) {
    this.#options = options;
    this.#data = new FramedSocket(endpoint.data, options.limits);
    this.#control = new FramedSocket(endpoint.control, options.limits);
    // Answers may still be on their way when control ends, so the end of data decides; asking for it makes it come.
    void this.#control.closed.then(() => this.#data.close());
    this.closed = this.#data.closed.then((info) => {
      this.#isClosed = true;
      this.#control.close();
      return info;
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
    if (this.#isClosed) {
      throw new BulkheadError('PLUGIN_DISCONNECTED', {
        plugin: this.#options.plugin,
        reason: 'it was closed before this was sent',
      });
    }
    return (channelOf(message[0]) === 'data' ? this.#data : this.#control).send(message);
  }

  get writable(): Promise<void> {
    return this.#data.writable;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    this.#data.close();
    this.#control.close();
    await this.closed;
  }
}
