import type { Duplex } from 'node:stream';
import {
  BODY_THRESHOLD_BYTES,
  type CodecError,
  FrameDecoder,
  FrameEncoder,
  type HostMessage,
  type PluginMessage,
  type RefusedFrame,
  type WelcomePayload,
} from '@bulkhead/protocol';
import { BodyCopies } from './body-copies.ts';

export interface DataReceiver {
  message(message: HostMessage): void;
  refused(error: CodecError, frame: RefusedFrame): void;
  /** Nothing more comes, and nothing more can be sent. */
  ended(): void;
}

/** The host bounds what it sends by its own settings. */
const AS_THE_HOST_LIKES = { maxFrameBytes: 2 ** 32 - 1, maxBodyBytes: Number.MAX_SAFE_INTEGER, maxValues: Infinity };

/** Calls and answers. What is sent in one turn leaves in one write. */
export class DataChannel {
  readonly #stream: Duplex;
  readonly #copies = new BodyCopies();
  #encoder = new FrameEncoder({ maxFrameBytes: Infinity });
  #bodyThreshold = Number.POSITIVE_INFINITY;
  #features: readonly string[] = [];

  constructor(stream: Duplex) {
    this.#stream = stream;
  }

  open(receiver: DataReceiver): void {
    const decoder = new FrameDecoder(
      {
        frame: (message) => receiver.message(message as unknown as HostMessage),
        refused: (error, frame) => receiver.refused(error, frame),
      },
      AS_THE_HOST_LIKES,
    );
    this.#stream.on('data', (chunk: Buffer) => decoder.push(chunk));
    this.#stream.on('error', () => {}); // `close` follows
    this.#stream.once('close', () => receiver.ended());
  }

  /** From now on all is as both sides have agreed. */
  agree({ features, limits }: WelcomePayload): void {
    this.#features = features;
    this.#encoder = new FrameEncoder({ maxFrameBytes: limits.frame, maxBodyBytes: limits.body });
    if (features.includes('bodies')) this.#bodyThreshold = BODY_THRESHOLD_BYTES;
  }

  hasAgreed(feature: string): boolean {
    return this.#features.includes(feature);
  }

  /** @returns the message's size in bytes, bodies included @throws CodecError */
  send(message: PluginMessage): number {
    const before = this.#encoder.length;
    const bodies = this.#encoder.append(message, this.#bodyThreshold);
    const size = this.#encoder.length - before;
    if (bodies.length === 0) {
      if (before === 0) process.nextTick(this.#flush);
      return size;
    }
    this.#stream.cork();
    this.#flush();
    for (const body of bodies) this.#copies.lend(body, (copy, written) => this.#stream.write(copy, () => written()));
    this.#stream.uncork();
    return bodies.reduce((sum, { length }) => sum + length, size);
  }

  /** Resolves when the host has taken enough of what was sent; undefined: it has. */
  get writable(): Promise<void> | undefined {
    if (!this.#stream.writableNeedDrain || this.#stream.destroyed) return undefined;
    return new Promise((resolve) => {
      this.#stream.once('drain', resolve);
      this.#stream.once('close', resolve);
    });
  }

  /** Resolves when all is with the kernel. */
  written(): Promise<void> {
    this.#flush();
    return new Promise((resolve) => {
      if (this.#stream.writableLength === 0) return resolve();
      this.#stream.write('', () => resolve());
      this.#stream.once('close', () => resolve());
    });
  }

  readonly #flush = (): void => {
    if (this.#encoder.length === 0 || this.#stream.writableEnded) return;
    this.#stream.write(this.#encoder.take());
    // Given to the kernel whole, the memory can be used again; else the stream still needs it.
    if (this.#stream.writableLength > 0) this.#encoder.detach();
  };
}
