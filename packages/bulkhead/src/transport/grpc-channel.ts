import type { Buffer } from 'node:buffer';
import { Duplex } from 'node:stream';
import type { ClientDuplexStream, ServiceError } from '@grpc/grpc-js';
import type { ByteStream } from './byte-stream.ts';
import { decodePieces, encodePiece } from './grpc-pieces.ts';

/** Bytes of one message: of a large body little is in memory twice. */
const PIECE_BYTES = 262_144;

export type PieceCall = ClientDuplexStream<Buffer, Buffer>;

export interface GrpcChannelParts {
  /** Begins the call when somebody listens; undefined: nobody ever will. */
  readonly call: (signal: AbortSignal) => Promise<PieceCall | undefined>;
  /** What the end of the call means; undefined: the peer is gone. */
  readonly explain: (error: ServiceError) => Promise<Error | undefined>;
  readonly destroyed: () => void;
}

/** One channel, as a call of gRPC with a stream in each direction. */
export class GrpcChannel extends Duplex implements ByteStream {
  readonly #parts: GrpcChannelParts;
  readonly #connecting = new AbortController();
  #call: PieceCall | undefined;
  /** Why the call has ended; known before the last of what came with it is read. */
  #failure: ServiceError | undefined;
  /** Nothing more is wanted of the peer. */
  #isLeaving = false;

  constructor(parts: GrpcChannelParts) {
    super({ allowHalfOpen: false });
    this.#parts = parts;
  }

  destroySoon(): void {
    this.#isLeaving = true;
    if (this.#call === undefined) return void this.destroy();
    if (this.writable) this.end();
    this.#call.resume();
  }

  override destroy(error?: Error): this {
    this.#connecting.abort();
    return super.destroy(error);
  }

  override _construct(done: (error?: Error) => void): void {
    void this.#begin(done);
  }

  override _read(): void {
    this.#call?.resume();
  }

  override _write(chunk: Uint8Array, _encoding: BufferEncoding, done: () => void): void {
    this.#send(chunk, 0, done);
  }

  override _final(done: () => void): void {
    this.#call?.end();
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#call?.cancel();
    this.#parts.destroyed();
    done(error);
  }

  async #begin(done: (error?: Error) => void): Promise<void> {
    try {
      const call = await this.#parts.call(this.#connecting.signal);
      if (call === undefined) this.push(null);
      else this.#follow(call);
    } catch (error) {
      return done(error as Error);
    }
    done();
  }

  #follow(call: PieceCall): void {
    this.#call = call;
    call.on('data', (message: Buffer) => this.#receive(message));
    call.on('error', (error: ServiceError) => (this.#failure = error));
    call.once('end', () => void this.#ended());
    call.pause();
  }

  #receive(message: Buffer): void {
    if (this.#isLeaving || this.destroyed) return;
    try {
      const takesMore = decodePieces(message).map((piece) => this.push(piece));
      if (takesMore.includes(false)) this.#call?.pause();
    } catch (error) {
      this.destroy(error as Error);
    }
  }

  async #ended(): Promise<void> {
    const error = this.#failure === undefined ? undefined : await this.#parts.explain(this.#failure);
    if (this.destroyed) return;
    if (error !== undefined || this.#isLeaving) this.destroy(error);
    else this.push(null);
  }

  #send(chunk: Uint8Array, start: number, done: () => void): void {
    const call = this.#call;
    if (call === undefined) return done();
    let offset = start;
    while (offset < chunk.length) {
      const piece = chunk.subarray(offset, offset + PIECE_BYTES);
      offset += piece.length;
      if (call.write(encodePiece(piece)) || offset === chunk.length) continue;
      const next = offset;
      return void call.once('drain', () => this.#send(chunk, next, done));
    }
    if (call.writableNeedDrain) call.once('drain', done);
    else done();
  }
}
