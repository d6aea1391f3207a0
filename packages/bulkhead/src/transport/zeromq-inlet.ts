import { Buffer } from 'node:buffer';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { FrameDecoder, type PluginMessage } from '@bulkhead/protocol';
import type { ZeromqSocket } from '../launcher/running-instance.ts';
import { type Deferred, deferred } from '../lifecycle/deferred.ts';
import { TurnBudget } from '../lifecycle/turn-budget.ts';
import type { CloseInfo, FrameReceiver, TransportLimits } from './transport.ts';

/** A receive that waits keeps the program from ending, so that none waits for longer than this without looking whether it may. */
const WAIT_MILLISECONDS = 50;
/** What was sent before the sender's end arrives within so many waits for it. */
const LAST_WAITS = 4;
/** How often a socket is looked at while nothing is under way. */
const IDLE_MILLISECONDS = 20;

export interface InletOptions {
  readonly limits: TransportLimits;
  /** Whether nothing is under way that keeps the program from ending. */
  readonly isIdle: () => boolean;
}

/** Receives the frames of one channel: each is one ZeroMQ message, whose further parts are the frame's bodies. */
export class ZeromqInlet {
  /** Resolves when nothing more is delivered. */
  readonly closed: Promise<CloseInfo>;
  readonly #socket: ZeromqSocket;
  readonly #options: InletOptions;
  readonly #budget = new TurnBudget();
  readonly #closing: Deferred<CloseInfo> = deferred();
  #values: number;
  #isConnected = false;
  /** Waits without a message since the sender's end. */
  #lastWaits = 0;
  #decoder: FrameDecoder | undefined;
  #receiver: FrameReceiver | undefined;
  #closedBy: CloseInfo | undefined;
  /** Nobody sends any more. */
  #hasEnded = false;
  #wake: (() => void) | undefined;

  constructor(socket: ZeromqSocket, options: InletOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#values = options.limits.values;
    this.closed = this.#closing.promise;
    socket.receiveTimeout = WAIT_MILLISECONDS;
  }

  /** Raises the limit on what the peer may send in one frame. */
  set maxValues(values: number) {
    this.#values = values;
    if (this.#decoder !== undefined) this.#decoder.maxValues = values;
  }

  /**
   * Whether the peer is connected, as far as was seen. Nobody else may ask the socket while a receive waits: that would take
   * away what wakes it.
   */
  get isConnected(): boolean {
    return this.#isConnected;
  }

  /** Starts delivering. */
  open(receiver: FrameReceiver): void {
    const { frame, body } = this.#options.limits;
    this.#receiver = receiver;
    this.#decoder = new FrameDecoder(
      {
        frame: (message) => receiver.message(message as unknown as PluginMessage),
        refused: (error, { length, kind, id, fatal }) => receiver.refused({ error, length, kind, id, fatal }),
        memoryFor: (message) => receiver.memoryFor?.(message as unknown as PluginMessage),
      },
      { maxFrameBytes: frame, maxBodyBytes: body, maxValues: this.#values, mayGoOn: () => this.#budget.isLeft },
    );
    void this.#run(this.#decoder);
  }

  /** What is under way is waited for at once. */
  wake(): void {
    this.#wake?.();
  }

  /** Delivers what is on its way, and then is closed. */
  end(): void {
    this.#hasEnded = true;
    this.wake();
  }

  /** Delivers nothing more. */
  close(): void {
    this.#stop({ by: 'local' });
  }

  #stop(info: CloseInfo): void {
    this.#closedBy ??= info;
    this.#decoder?.stop();
    this.#socket.close(); // which ends a receive that waits
    this.#closing.resolve(this.#closedBy);
    this.wake();
  }

  /** All bytes of the peer enter here: an error that they cause ends this connection, and nothing else. */
  async #run(decoder: FrameDecoder): Promise<void> {
    try {
      while (this.#closedBy === undefined) {
        const parts = this.#socket.readable ? await this.#socket.receive() : await this.#next();
        if (parts !== undefined && this.#closedBy === undefined) await this.#take(decoder, parts);
      }
    } catch (error) {
      this.#stop({ by: 'failed', error: error as Error });
    }
  }

  /** Undefined: nothing came. */
  async #next(): Promise<Buffer[] | undefined> {
    const wasConnected = this.#isConnected;
    this.#isConnected = this.#socket.writable;
    // all that it had sent before is here
    if (wasConnected && !this.#isConnected && !this.#socket.readable) return this.#end();
    if (this.#hasEnded && (!this.#isConnected || this.#lastWaits++ >= LAST_WAITS)) return this.#end();
    if (!this.#hasEnded && this.#options.isIdle()) {
      await this.#idle();
      return undefined;
    }
    try {
      return await this.#socket.receive();
    } catch (error) {
      if (this.#closedBy !== undefined || (error as NodeJS.ErrnoException).code === 'EAGAIN') return undefined;
      throw error;
    }
  }

  #end(): undefined {
    this.#stop({ by: 'peer' });
  }

  /** Nothing that waits here keeps the program from ending. */
  async #idle(): Promise<void> {
    const { promise, resolve } = deferred<void>();
    const look = setInterval(() => {
      const { closed, readable, writable } = this.#socket;
      if (closed || readable || writable !== this.#isConnected || !this.#options.isIdle()) resolve();
    }, IDLE_MILLISECONDS).unref();
    this.#wake = resolve;
    await promise;
    clearInterval(look);
    this.#wake = undefined;
  }

  async #take(decoder: FrameDecoder, [payload = NOTHING, ...bodies]: Buffer[]): Promise<void> {
    this.#lastWaits = 0;
    const prefix = Buffer.allocUnsafe(4);
    prefix.writeUInt32LE(payload.length);
    await this.#push(decoder, prefix);
    await this.#push(decoder, payload);
    for (const body of bodies) {
      if (decoder.isBetweenFrames) return this.#refuse(payload, 'has more parts than its frame has bodies');
      await this.#push(decoder, body);
    }
    if (!decoder.isBetweenFrames) this.#refuse(payload, 'lacks bodies of its frame, or parts of them');
  }

  /** Waits only where others have their turn first. */
  #push(decoder: FrameDecoder, piece: Buffer): Promise<void> | undefined {
    this.#budget.enter();
    decoder.push(piece);
    return this.#budget.leave() || decoder.isBehind ? this.#goOn(decoder) : undefined;
  }

  async #goOn(decoder: FrameDecoder): Promise<void> {
    do {
      await nextTurn();
      this.#budget.renew();
      decoder.goOn();
    } while (decoder.isBehind && this.#closedBy === undefined);
  }

  #refuse(payload: Buffer, mistake: string): void {
    if (this.#closedBy !== undefined) return;
    const error = new Error(`a ZeroMQ message ${mistake}`);
    this.#receiver?.refused({ error, length: payload.length, kind: undefined, id: undefined, fatal: true });
  }
}

const NOTHING = Buffer.alloc(0);
