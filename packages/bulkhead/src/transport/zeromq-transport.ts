import { BODY_THRESHOLD_BYTES, channelOf, CONTROL_LIMITS, GREETING_VALUES, type HostMessage } from '@bulkhead/protocol';
import type { ZeromqEndpoint } from '../launcher/running-instance.ts';
import { onlyOn } from './only-on.ts';
import type { CloseInfo, FrameReceiver, Transport, TransportLimits } from './transport.ts';
import { ZeromqInlet } from './zeromq-inlet.ts';
import { ZeromqOutlet } from './zeromq-outlet.ts';

/** How often is looked whether the peer is still connected. */
const WATCH_MILLISECONDS = 50;
/** Data and control over ZeroMQ, each on a socket for each direction: so a thread may wait on one while another one sends. */
export class ZeromqTransport implements Transport {
  readonly closed: Promise<CloseInfo>;
  readonly #inlets: { readonly data: ZeromqInlet; readonly control: ZeromqInlet };
  readonly #outlets: { readonly data: ZeromqOutlet; readonly control: ZeromqOutlet };
  readonly #values: number;

  constructor({ data, control, connected, gone }: ZeromqEndpoint, limits: TransportLimits, isIdle: () => boolean) {
    this.#values = limits.values;
    const greeting = { ...limits, values: Math.min(limits.values, GREETING_VALUES) };
    this.#inlets = {
      data: new ZeromqInlet(data.toHost, { limits: greeting, isIdle }),
      control: new ZeromqInlet(control.toHost, { limits: { ...limits, ...CONTROL_LIMITS }, isIdle }),
    };
    this.#outlets = {
      data: new ZeromqOutlet(data.toPlugin, limits),
      control: new ZeromqOutlet(control.toPlugin, limits),
    };
    const inlets = Object.values(this.#inlets);
    this.closed = Promise.race(inlets.map(({ closed }) => closed)).then(async (info) => {
      if (info.by === 'peer') for (const inlet of inlets) inlet.end();
      else for (const inlet of inlets) inlet.close();
      await Promise.all([...inlets.map(({ closed }) => closed), this.#closeOutlets()]);
      return info;
    });
    void this.#watch(connected, gone);
  }

  open(receiver: FrameReceiver): void {
    this.#inlets.data.open(onlyOn('data', receiver));
    this.#inlets.control.open(onlyOn('control', receiver));
  }

  useBodies(enabled: boolean): void {
    this.#outlets.data.bodyThreshold = enabled ? BODY_THRESHOLD_BYTES : Number.POSITIVE_INFINITY;
  }

  greeted(): void {
    this.#inlets.data.maxValues = this.#values;
  }

  send(message: HostMessage, isFixed: boolean = true): number {
    this.#inlets.data.wake();
    this.#inlets.control.wake();
    return this.#outlets[channelOf(message[0])].send(message, isFixed);
  }

  get writable(): Promise<void> {
    return this.#outlets.data.writable;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#inlets.data.close();
    this.#inlets.control.close();
    await this.closed;
  }

  async #closeOutlets(): Promise<void> {
    await Promise.all([this.#outlets.data.close(), this.#outlets.control.close()]);
  }

  /** ZeroMQ tells of no end by itself, and would wait for another peer. The inlets find their own ends. */
  async #watch(connected: () => void, gone: Promise<unknown>): Promise<void> {
    const inlets = Object.values(this.#inlets);
    const outlets = Object.values(this.#outlets);
    const disconnected = new Promise<void>((resolve) => {
      let wasConnected = false;
      const look = setInterval(() => {
        const isConnected = outlets.every((outlet) => outlet.isConnected);
        if (wasConnected && !isConnected) resolve();
        if (!wasConnected && isConnected && inlets.every((inlet) => inlet.isConnected)) {
          wasConnected = true;
          connected();
        }
      }, WATCH_MILLISECONDS).unref();
      void this.closed.then(() => clearInterval(look));
    });
    await Promise.race([disconnected, gone, ...inlets.map(({ closed }) => closed)]);
    for (const inlet of inlets) inlet.end();
  }
}
