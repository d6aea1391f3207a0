import {
  channelOf,
  CONTROL_LIMITS,
  FrameDecoder,
  FrameEncoder,
  type FrameEncoderOptions,
  BODY_THRESHOLD_BYTES,
  type HostMessage,
  type PluginMessage,
} from '@bulkhead/protocol';
import { deferred } from '../../src/lifecycle/deferred.ts';
import type { CloseInfo, FrameReceiver, Transport, TransportLimits } from '../../src/transport/transport.ts';

/** What a plugin in memory hears and says. */
export interface MemoryPeer {
  /** Told of each message of the host. Set it before the host sends. */
  receive: (message: HostMessage) => void;
  send(message: PluginMessage): void;
  /** Sends bytes as they are on one of the channels, to break the protocol with. */
  sendRaw(channel: 'data' | 'control', bytes: Uint8Array): void;
  close(): void;
}

/** The two ends of a transport without a process: every message is encoded and decoded as on a socket. */
export interface MemoryPair {
  readonly transport: Transport;
  readonly peer: MemoryPeer;
}

export interface MemoryPairOptions {
  readonly limits: TransportLimits;
}

export function createMemoryPair(options: MemoryPairOptions): MemoryPair {
  const { limits } = options;
  const closing = deferred<CloseInfo>();
  const toHost = { data: new Lane(limits, {}), control: new Lane({ ...limits, ...CONTROL_LIMITS }, {}) };
  const toPlugin = { data: new Lane(limits), control: new Lane(limits) };
  let bodyThreshold = Number.POSITIVE_INFINITY;
  let isClosed = false;
  const close = (info: CloseInfo): void => {
    isClosed = true;
    queueMicrotask(() => closing.resolve(info));
  };

  const peer: MemoryPeer = {
    receive: () => {},
    send: (message) => void toHost[channelOf(message[0])].send(message, bodyThreshold),
    sendRaw: (channel, bytes) => toHost[channel].deliver(bytes),
    close: () => close({ by: 'peer' }),
  };
  const pluginReceiver: FrameReceiver = {
    message: (message) => peer.receive(message as unknown as HostMessage),
    refused: ({ error }) => close({ by: 'failed', error }),
  };
  toPlugin.data.open(pluginReceiver);
  toPlugin.control.open(pluginReceiver);

  const transport: Transport = {
    closed: closing.promise,
    writable: Promise.resolve(),
    open(receiver) {
      toHost.data.open(receiver);
      toHost.control.open(receiver);
    },
    send(message) {
      if (isClosed) return 0;
      const channel = channelOf(message[0]);
      return toPlugin[channel].send(message, channel === 'data' ? bodyThreshold : Number.POSITIVE_INFINITY);
    },
    useBodies(enabled) {
      bodyThreshold = enabled ? BODY_THRESHOLD_BYTES : Number.POSITIVE_INFINITY;
    },
    greeted() {},
    async [Symbol.asyncDispose]() {
      toHost.data.stop();
      toHost.control.stop();
      close({ by: 'local' });
      await closing.promise;
    },
  };
  return { transport, peer };
}

/** One direction of one channel. Delivers in a later microtask, as a socket would in a later tick. */
class Lane {
  readonly #encoder: FrameEncoder;
  readonly #limits: { readonly maxFrameBytes: number; readonly maxBodyBytes: number; readonly maxValues: number };
  readonly #early: Uint8Array[] = [];
  #decoder: FrameDecoder | undefined;

  /** @param sends what its encoder accepts: a plugin may send what the host refuses */
  constructor(limits: TransportLimits, sends?: FrameEncoderOptions) {
    this.#limits = { maxFrameBytes: limits.frame, maxBodyBytes: limits.body, maxValues: limits.values };
    this.#encoder = new FrameEncoder(sends ?? this.#limits);
  }

  open(receiver: FrameReceiver): void {
    this.#decoder = new FrameDecoder(
      {
        frame: (message) => receiver.message(message as unknown as PluginMessage),
        refused: (error, { length, kind, id, fatal }) => receiver.refused({ error, length, kind, id, fatal }),
        memoryFor: (message) => receiver.memoryFor?.(message as unknown as PluginMessage),
      },
      this.#limits,
    );
    for (const bytes of this.#early.splice(0)) this.deliver(bytes);
  }

  send(message: readonly unknown[], bodyThreshold: number): number {
    const bodies = this.#encoder.append(message, bodyThreshold);
    const size = bodies.reduce((sum, body) => sum + body.length, this.#encoder.length);
    this.deliver(new Uint8Array(this.#encoder.take())); // a Buffer's own slice would share the memory
    for (const body of bodies) this.deliver(new Uint8Array(body));
    return size;
  }

  /** Delivers nothing more, not even what has been sent. */
  stop(): void {
    this.#decoder?.stop();
  }

  deliver(bytes: Uint8Array): void {
    if (this.#decoder === undefined) this.#early.push(bytes);
    else queueMicrotask(() => this.#decoder?.push(bytes));
  }
}
