import type { Buffer } from 'node:buffer';
import { FrameTooLargeError } from '@bulkhead/protocol';
import type { ClientDuplexStream } from '@grpc/grpc-js';
import type { InputCodec } from './call-codec.ts';

type InputCall = ClientDuplexStream<Buffer, Buffer>;

export interface InputParts {
  readonly codec: InputCodec;
  /** How many streams it has. */
  readonly streams: number;
  /** Bytes of one message. */
  readonly maximum: number;
  /** Called when gRPC has taken a chunk. */
  readonly taken: (stream: number) => void;
}

/** What the streams of one call's input bring. Until the call has begun it waits here: the window of the streams bounds it. */
export class InputWriter {
  readonly #parts: InputParts;
  readonly #waiting: (() => void)[] = [];
  #call: InputCall | undefined;
  #isOver = false;
  #open: number;

  constructor(parts: InputParts) {
    this.#parts = parts;
    this.#open = parts.streams;
  }

  begin(call: InputCall, request: Buffer): InputCall {
    this.#call = call;
    // gRPC goes on to take what is written to a call that has ended
    call.once('status', () => (this.#isOver = true));
    call.write(request);
    for (const write of this.#waiting.splice(0)) write();
    return call;
  }

  /** @returns how many bytes it has. @throws CodecError */
  chunk(stream: number, value: unknown): number {
    const { codec, maximum, taken } = this.#parts;
    const bytes = codec.chunk(stream, value);
    if (bytes.length > maximum) throw new FrameTooLargeError(bytes.length, maximum);
    // In a turn of its own: a source that always has more would otherwise keep the host from hearing the answer.
    this.#write((call) => call.write(bytes, () => setImmediate(taken, stream)));
    return bytes.length;
  }

  end(stream: number): void {
    const bytes = this.#parts.codec.end(stream);
    this.#write((call) => {
      call.write(bytes);
      this.#open -= 1;
      if (this.#open === 0) call.end();
    });
  }

  #write(write: (call: InputCall) => void): void {
    const call = this.#call;
    if (call === undefined) this.#waiting.push(() => write(this.#call as InputCall));
    else if (call.writable && !this.#isOver) write(call);
  }
}
