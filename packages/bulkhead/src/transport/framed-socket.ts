import { FrameDecoder, FrameEncoder, type PluginMessage } from '@bulkhead/protocol';
import { type Deferred, deferred } from '../lifecycle/deferred.ts';
import { Limit } from '../lifecycle/limit.ts';
import { BodyCopies } from './body-copies.ts';
import type { ByteStream } from './byte-stream.ts';
import { readStraight } from './straight-reading.ts';
import type { CloseInfo, FrameReceiver, TransportLimits } from './transport.ts';
import { TurnBudget } from '../lifecycle/turn-budget.ts';

/** The longest wait for a peer that doesn't read, or doesn't end its side. */
const CLOSE_MILLISECONDS = 1_000;

/**
 * One channel over one stream of bytes. The messages of one tick leave in one write: measured, this more than doubles the
 * calls per second at 64 in flight. Received messages are delivered in slices, so that a flood leaves time for others.
 */
export class FramedSocket {
  readonly closed: Promise<CloseInfo>;
  #socket: ByteStream;
  readonly #limits: TransportLimits;
  #values: number;
  readonly #encoder: FrameEncoder;
  readonly #copies = new BodyCopies();
  #decoder: FrameDecoder | undefined;
  readonly #budget = new TurnBudget();
  #pieces = 0;
  #bodyThreshold = Number.POSITIVE_INFINITY;
  /** Nothing more can be sent. */
  #hasEnded = false;
  /** Closed from this side: nothing more is delivered. */
  #isClosed = false;
  /** The socket is closed. */
  #isGone = false;
  /** Waits for its next turn. */
  #isPaused = false;
  #closedBy: CloseInfo | undefined;
  readonly #closing: Deferred<CloseInfo> = deferred();

  constructor(socket: ByteStream, limits: TransportLimits) {
    this.#socket = socket;
    this.#limits = limits;
    this.#values = limits.values;
    this.#encoder = new FrameEncoder({ maxFrameBytes: limits.frame, maxBodyBytes: limits.body });
    this.closed = this.#closing.promise;
    this.#watch(socket);
  }

  /** Raises the limit on what the peer may send in one frame. */
  set maxValues(values: number) {
    this.#values = values;
    if (this.#decoder !== undefined) this.#decoder.maxValues = values;
  }

  /** How many pieces of what the peer sent were read. */
  get pieces(): number {
    return this.#pieces;
  }

  set bodyThreshold(bytes: number) {
    this.#bodyThreshold = bytes;
  }

  /** Starts reading. `readsBodies`: worth moving into a socket that reads straight into their memory. */
  open(receiver: FrameReceiver, readsBodies: boolean): void {
    if (this.#socket.connecting) return void this.#socket.once('connect', () => this.open(receiver, readsBodies));
    const { frame, body } = this.#limits;
    const decoder = new FrameDecoder(
      {
        frame: (message) => receiver.message(message as unknown as PluginMessage),
        refused: (error, { length, kind, id, fatal }) => receiver.refused({ error, length, kind, id, fatal }),
        memoryFor: (message) => receiver.memoryFor?.(message as unknown as PluginMessage),
      },
      { maxFrameBytes: frame, maxBodyBytes: body, maxValues: this.#values, mayGoOn: () => this.#budget.isLeft },
    );
    this.#decoder = decoder;
    if (this.#isClosed) decoder.stop();
    const straight = readsBodies
      ? readStraight(this.#socket, {
          get target() {
            return decoder.bodyTarget;
          },
          filled: (bytes) => this.#receive(() => decoder.bodyFilled(bytes)),
          chunk: (chunk) => this.#receive(() => decoder.push(chunk)),
        })
      : undefined;
    if (straight !== undefined) return this.#watch((this.#socket = straight));
    this.#socket.on('data', (chunk: Buffer) => this.#receive(() => decoder.push(chunk)));
    this.#socket.resume(); // one that was accepted paused does not begin by itself
  }

  /** @returns the message's size in bytes, bodies included; 0 when it can't be sent any more. */
  send(message: readonly unknown[], isFixed: boolean): number {
    if (this.#hasEnded) return 0;
    const before = this.#encoder.length;
    const bodies = this.#encoder.append(message, this.#bodyThreshold);
    let size = this.#encoder.length - before;
    if (bodies.length > 0) {
      for (const body of bodies) size += body.length;
      this.#flushWithBodies(bodies, isFixed);
    } else if (before === 0) process.nextTick(this.#flush);
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

  /** Sends what is queued, then the end of the stream, and reads on to the end of the peer's. */
  end(): void {
    if (this.#hasEnded) return;
    this.#flush();
    this.#hasEnded = true;
    this.#socket.end();
    const limit = new Limit(CLOSE_MILLISECONDS, () => this.#socket.destroy());
    void this.closed.then(() => limit.clear());
  }

  /** Reads nothing more, not even the rest of a chunk; sends what is queued, then the end of the stream. */
  close(): void {
    this.#isClosed = true;
    this.#closedBy ??= { by: 'local' };
    this.#decoder?.stop();
    this.end();
    this.#socket.destroySoon();
  }

  /** All bytes of the peer enter here: an error that they cause ends this connection, and nothing else. */
  #receive(work: () => void): void {
    this.#budget.enter();
    this.#pieces += 1;
    try {
      work();
    } catch (error) {
      this.#closedBy ??= { by: 'failed', error: error as Error };
      this.close();
    }
    if (!this.#budget.leave() || this.#isClosed) return;
    // Others have their turn first.
    this.#isPaused = true;
    this.#socket.pause();
    setImmediate(this.#goOn);
  }

  readonly #goOn = (): void => {
    this.#isPaused = false;
    this.#budget.renew();
    this.#receive(() => this.#decoder?.goOn());
    if (this.#isPaused) return;
    if (this.#isGone) this.#settle();
    else if (!this.#isClosed) this.#socket.resume();
  };

  #watch(socket: ByteStream): void {
    socket.on('error', (error) => (this.#closedBy ??= { by: 'failed', error }));
    socket.once('close', () => {
      // a socket whose connection was moved into another closes, too
      if (socket !== this.#socket) return;
      this.#hasEnded = true;
      this.#isGone = true;
      if (!this.#isPaused) this.#settle();
    });
  }

  /** Everything received has been delivered. */
  #settle(): void {
    this.#closing.resolve((this.#closedBy ??= { by: 'peer' }));
  }

  readonly #flush = (): void => {
    if (this.#encoder.length === 0) return;
    const batch = this.#encoder.take();
    if (this.#socket.writableEnded) return;
    this.#socket.write(batch);
    // Given to the kernel whole, the batch's memory can be used again; else the socket still needs it.
    if (this.#socket.writableLength > 0) this.#encoder.detach();
  };

  #flushWithBodies(bodies: readonly Uint8Array[], areFixed: boolean): void {
    if (this.#socket.writableEnded) return;
    this.#socket.cork();
    this.#flush();
    for (const body of bodies) {
      if (areFixed) this.#socket.write(body);
      else this.#copies.lend(body, (copy, written) => this.#socket.write(copy, written));
    }
    this.#socket.uncork();
  }
}
