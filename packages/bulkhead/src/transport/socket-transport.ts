import { BODY_THRESHOLD_BYTES, channelOf, CONTROL_LIMITS, GREETING_VALUES, type HostMessage } from '@bulkhead/protocol';
import { settlesWithin } from '../lifecycle/wait.ts';
import type { ByteStream } from './byte-stream.ts';
import { FramedSocket } from './framed-socket.ts';
import { onlyOn } from './only-on.ts';
import type { CloseInfo, FrameReceiver, Transport, TransportLimits } from './transport.ts';

/** Both channels of a process that ends are closed by the kernel within this time. */
const TOGETHER_MILLISECONDS = 200;
/** How many times as long the host waits for one of them while it still reads what was sent on it. */
const MOST_WAITS = 10;

/** Data and control, each on a connected stream socket. */
export class SocketTransport implements Transport {
  readonly closed: Promise<CloseInfo>;
  readonly #data: FramedSocket;
  readonly #control: FramedSocket;
  readonly #values: number;

  constructor(sockets: { readonly data: ByteStream; readonly control: ByteStream }, limits: TransportLimits) {
    this.#values = limits.values;
    this.#data = new FramedSocket(sockets.data, { ...limits, values: Math.min(limits.values, GREETING_VALUES) });
    this.#control = new FramedSocket(sockets.control, { ...limits, ...CONTROL_LIMITS });
    let alone: CloseInfo['channel'];
    const isAlone = async ({ by }: CloseInfo, other: FramedSocket): Promise<boolean> =>
      by !== 'local' && alone === undefined && !(await closesSoon(other));
    // Answers may still be on their way when control ends, so the end of data decides, and ending our side brings it about.
    void this.#control.closed.then(async (info) => {
      if (await isAlone(info, this.#data)) alone = 'control';
      this.#data.end();
    });
    this.closed = this.#data.closed.then(async (info) => {
      if (await isAlone(info, this.#control)) alone = 'data';
      this.#control.close();
      return alone === undefined ? info : { ...info, channel: alone };
    });
  }

  open(receiver: FrameReceiver): void {
    this.#data.open(onlyOn('data', receiver), true);
    this.#control.open(onlyOn('control', receiver), false);
  }

  useBodies(enabled: boolean): void {
    this.#data.bodyThreshold = enabled ? BODY_THRESHOLD_BYTES : Number.POSITIVE_INFINITY;
  }

  greeted(): void {
    this.#data.maxValues = this.#values;
  }

  send(message: HostMessage, isFixed: boolean = true): number {
    return (channelOf(message[0]) === 'data' ? this.#data : this.#control).send(message, isFixed);
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

/** Whether a channel is closed as soon as all is read that the peer had sent on it. A flood takes a busy host its time. */
async function closesSoon(channel: FramedSocket): Promise<boolean> {
  for (let waits = 0; waits < MOST_WAITS; waits += 1) {
    const before = channel.pieces;
    if (await settlesWithin(channel.closed, TOGETHER_MILLISECONDS)) return true;
    if (channel.pieces === before) return false;
  }
  return false;
}
