import { Buffer } from 'node:buffer';
import { FrameEncoder } from '@bulkhead/protocol';
import type { ZeromqSocket } from '../launcher/running-instance.ts';
import { type Deferred, deferred } from '../lifecycle/deferred.ts';
import { settlesWithin } from '../lifecycle/wait.ts';
import type { TransportLimits } from './transport.ts';

/** The longest wait for a peer that doesn't read. */
const CLOSE_MILLISECONDS = 1_000;
/** Of a frame: its length, which a message of ZeroMQ has already. */
const PREFIX_BYTES = 4;
/** Up to this size a frame is copied, so that the encoder keeps its memory; larger ones take it along. */
const COPIED_BYTES = 32_768;

/** Sends the frames of one channel: each is one ZeroMQ message, whose further parts are the frame's bodies. */
export class ZeromqOutlet {
  readonly #socket: ZeromqSocket;
  readonly #encoder: FrameEncoder;
  /** What the socket has not taken yet: its own queue is full. It takes one message at a time. */
  #unsent: (readonly Uint8Array[])[] = [];
  #isSending = false;
  #isClosed = false;
  #drained: Deferred<void> | undefined;
  bodyThreshold: number = Number.POSITIVE_INFINITY;

  constructor(socket: ZeromqSocket, limits: Pick<TransportLimits, 'frame' | 'body'>) {
    this.#socket = socket;
    this.#encoder = new FrameEncoder({ maxFrameBytes: limits.frame, maxBodyBytes: limits.body });
  }

  /** @returns the message's size in bytes, bodies included; 0 when it can't be sent any more. @throws CodecError */
  send(message: readonly unknown[], isFixed: boolean): number {
    if (this.#isClosed) return 0;
    const bodies = this.#encoder.append(message, this.bodyThreshold);
    const frame = this.#encoder.take();
    let size = frame.length;
    const parts: Uint8Array[] = [this.#ownMemoryOf(frame)];
    for (const body of bodies) {
      size += body.length;
      // ZeroMQ does not tell when it has written a part
      parts.push(isFixed ? asBuffer(body) : Buffer.from(body));
    }
    this.#unsent.push(parts);
    if (!this.#isSending) void this.#sendAll();
    return size;
  }

  /** Resolves when the socket has taken all. */
  get writable(): Promise<void> {
    if (!this.#isSending || this.#isClosed) return Promise.resolve();
    this.#drained ??= deferred();
    return this.#drained.promise;
  }

  /** Whether the peer is connected, or has not read for so long that nobody knows. */
  get isConnected(): boolean {
    return !this.#socket.closed && (this.#isSending || this.#socket.writable);
  }

  /** Sends what is queued to a peer that reads. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    const sent = this.writable;
    this.#isClosed = true;
    if (this.#socket.writable) await settlesWithin(sent, CLOSE_MILLISECONDS);
    this.#unsent = [];
    this.#socket.linger = CLOSE_MILLISECONDS;
    this.#socket.close();
  }

  #ownMemoryOf(frame: Uint8Array): Buffer {
    const payload = frame.subarray(PREFIX_BYTES);
    if (payload.length <= COPIED_BYTES) return Buffer.from(payload);
    this.#encoder.detach();
    return asBuffer(payload);
  }

  async #sendAll(): Promise<void> {
    this.#isSending = true;
    try {
      while (this.#unsent.length > 0) {
        const batch = this.#unsent;
        this.#unsent = [];
        for (const parts of batch) {
          if (this.#socket.closed) return;
          await this.#socket.send(parts as Buffer[]);
        }
      }
    } catch {
      // The socket was closed: who watches the connection tells why.
    } finally {
      this.#isSending = false;
      this.#drained?.resolve();
      this.#drained = undefined;
    }
  }
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
