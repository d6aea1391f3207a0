import type { Buffer } from 'node:buffer';
import {
  FrameTooLargeError,
  Kind,
  type PluginMessage,
  type RemoteFailure,
  STREAM_WINDOW_BYTES,
  STREAM_WINDOW_CHUNKS,
  type TraceContext,
} from '@bulkhead/protocol';
import type { ClientReadableStream, ServiceError } from '@grpc/grpc-js';
import { settlesWithin } from '../../lifecycle/wait.ts';
import type { Grpc } from '../grpc-client.ts';
import type { FrameRefusal } from '../transport.ts';
import type { BytesCall, BytesClient } from './bytes-client.ts';
import type { Answer, CallCodec, CodedCall, WrittenCall } from './call-codec.ts';
import type { TypedFailure } from './contract.ts';

/** By this much the deadline of gRPC is later than the host's own limit, which says more. */
const DEADLINE_SLACK_MILLISECONDS = 1_000;
/** A process whose end broke a call is known to have ended within this time. */
const END_MILLISECONDS = 200;
/** What gRPC says of an answer over its limit. */
const TOO_LARGE = /^Received message larger than max \((\d+) vs/;
/** Codes of failures by the name of their status, of any service. */
const CODES: Readonly<Record<string, string>> = {
  INVALID_ARGUMENT: 'INPUT_REJECTED',
  CANCELLED: 'CALL_CANCELLED',
  DEADLINE_EXCEEDED: 'CALL_CANCELLED',
};

/** What the plugin's answers are told to. */
export interface CallsPart {
  readonly client: BytesClient;
  readonly grpc: Grpc;
  readonly codec: CallCodec;
  /** The most at the same time: a server of gRPC would run all that it is sent. */
  readonly concurrency: number;
  readonly maximum: number;
  readonly gone: Promise<unknown>;
  readonly deliver: (message: PluginMessage) => void;
  readonly refused: (refusal: FrameRefusal) => void;
  /** Called when nothing is waited for. */
  readonly idle: () => void;
}

export interface TracedCall extends CodedCall {
  /** Travels as gRPC's usual metadata, where libraries of tracing look for it. */
  readonly trace: TraceContext | undefined;
}

type Waiting = WrittenCall & Omit<TracedCall, 'input'>;

interface Running {
  cancel(): void;
  credit?(count: number): void;
  /** Nothing of it is wanted any more. */
  unwanted?(): void;
}

/** The calls of one plugin that serves a service of gRPC. */
export class TypedCalls {
  readonly #part: CallsPart;
  readonly #waiting: Waiting[] = [];
  readonly #running = new Map<number, Running>();
  #takesCancel = true;

  constructor(part: CallsPart) {
    this.#part = part;
  }

  get isIdle(): boolean {
    return this.#waiting.length === 0 && this.#running.size === 0;
  }

  /** @returns how many bytes it has. @throws CodecError */
  call({ id, action, input, timeout, trace }: TracedCall): number {
    const { codec, maximum } = this.#part;
    const written = codec.write({ id, action, input, timeout });
    if (written === undefined) {
      const unknown = this.#failure({ code: 'ACTION_UNKNOWN', message: `there is no action ${action}` });
      queueMicrotask(() => this.#fail(id, unknown));
      return 1;
    }
    const { length } = written.bytes;
    if (length > maximum) throw new FrameTooLargeError(length, maximum);
    this.#waiting.push({ id, action, timeout, trace, ...written });
    this.#next();
    return length;
  }

  /** One that was not sent yet ends at once. Any other the plugin ends, or gRPC where the plugin leaves that to it. */
  cancel(id: number): void {
    const index = this.#waiting.findIndex((each) => each.id === id);
    if (index >= 0) {
      this.#waiting.splice(index, 1);
      return this.#fail(id, { code: 'CALL_CANCELLED', message: 'it was cancelled before the plugin had it' });
    }
    const running = this.#running.get(id);
    if (running === undefined) return;
    running.unwanted?.();
    const { cancel } = this.#part.codec;
    if (cancel === undefined || !this.#takesCancel) return running.cancel();
    cancel(id).catch((error: ServiceError) => {
      if (error.code === this.#part.grpc.status.UNIMPLEMENTED) this.#takesCancel = false;
      running.cancel();
    });
  }

  credit(id: number, count: number): void {
    this.#running.get(id)?.credit?.(count);
  }

  #next(): void {
    while (this.#running.size < this.#part.concurrency) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      this.#running.set(next.id, next.isStream ? this.#stream(next) : this.#unary(next));
    }
  }

  #unary(call: Waiting): Running {
    const { id, action, path, bytes } = call;
    return this.#part.client.unary(path, bytes, this.#optionsOf(call), (error, answer) => {
      if (error !== null) return void this.#failed(id, error);
      const read = this.#read(id, action, answer as Buffer);
      if (read !== undefined) this.#part.deliver([Kind.Result, id, read.result]);
      this.#ended(id);
    });
  }

  #stream(waiting: Waiting): Running {
    const { id, action, path, bytes } = waiting;
    const call = this.#part.client.stream(path, bytes, this.#optionsOf(waiting));
    const chunks = new ChunkWindow(call);
    const { deliver } = this.#part;
    let state: 'waiting' | 'begun' | 'over' = 'waiting';
    const begin = (): void => {
      if (state === 'waiting') deliver([Kind.Stream, id]);
      state = 'begun';
    };
    const over = (): void => {
      state = 'over';
      this.#ended(id);
    };
    call.on('data', (answer: Buffer) => {
      if (state === 'over' || chunks.areUnwanted) return;
      const read = this.#read(id, action, answer);
      if (read === undefined) {
        call.cancel();
        return over();
      }
      begin();
      chunks.sent(answer.length);
      deliver([Kind.Chunk, id, read.result]);
    });
    call.on('error', (error: ServiceError) => {
      if (state === 'over') return;
      state = 'over';
      void this.#failed(id, error);
    });
    // behind the error, where there is one
    call.once('end', () => {
      if (state === 'over') return;
      begin();
      deliver([Kind.End, id, null]);
      over();
    });
    return { cancel: () => call.cancel(), credit: (count) => chunks.credit(count), unwanted: () => chunks.unwanted() };
  }

  /** Undefined: it was no result, and that is said. */
  #read(id: number, action: string, bytes: Buffer): Extract<Answer, { result: unknown }> | undefined {
    let answer: Answer;
    try {
      answer = this.#part.codec.read(action, bytes);
    } catch (error) {
      const refusal = { length: bytes.length, kind: Kind.Result, id, fatal: false };
      this.#part.refused({ error: error as Error, ...refusal });
      return undefined;
    }
    if ('result' in answer) return answer;
    this.#fail(id, this.#failure(answer.failure));
    return undefined;
  }

  async #failed(id: number, error: ServiceError): Promise<void> {
    const { status } = this.#part.grpc;
    const { code, details } = error;
    if (code === status.UNAVAILABLE && (await settlesWithin(this.#part.gone, END_MILLISECONDS))) return;
    const bytes = Number(TOO_LARGE.exec(details)?.[1] ?? 0);
    if (code === status.RESOURCE_EXHAUSTED && bytes > 0) {
      const refusal = { length: bytes, kind: Kind.Result, id, fatal: false };
      this.#part.refused({ error: new FrameTooLargeError(bytes, this.#part.maximum), ...refusal });
    } else {
      const type = status[code];
      this.#fail(
        id,
        this.#failure({ code: this.#part.codec.codes[type] ?? CODES[type] ?? '', message: details, type }),
      );
    }
    this.#ended(id);
  }

  #failure({ code, message, type, traceback }: TypedFailure): RemoteFailure {
    return {
      code: code === undefined || code === '' ? 'PLUGIN_RAISED' : code,
      message: message ?? '',
      ...(type === undefined || type === '' ? {} : { type }),
      ...(traceback === undefined || traceback === '' ? {} : { traceback }),
      ...(code === 'ACTION_UNKNOWN' ? { data: { actions: [...this.#part.codec.actions] } } : {}),
    };
  }

  #optionsOf({ timeout, trace }: Waiting): BytesCall {
    const deadline = timeout === undefined ? {} : { deadline: Date.now() + timeout + DEADLINE_SLACK_MILLISECONDS };
    if (trace === undefined) return deadline;
    const metadata = new this.#part.grpc.Metadata();
    for (const [key, value] of Object.entries(trace)) metadata.set(key, value as string);
    return { ...deadline, metadata };
  }

  #fail(id: number, failure: RemoteFailure): void {
    this.#part.deliver([Kind.Failure, id, failure]);
  }

  #ended(id: number): void {
    this.#running.delete(id);
    this.#next();
    if (this.isIdle) this.#part.idle();
  }
}

/** What of a stream is on its way to its reader. */
class ChunkWindow {
  readonly #call: ClientReadableStream<Buffer>;
  readonly #sizes: number[] = [];
  areUnwanted = false;

  constructor(call: ClientReadableStream<Buffer>) {
    this.#call = call;
  }

  sent(bytes: number): void {
    this.#sizes.push(bytes);
    if (this.#isFull) this.#call.pause();
  }

  credit(count: number): void {
    this.#sizes.splice(0, count);
    if (!this.#isFull) this.#call.resume();
  }

  /** Whoever waits to send must find out that nobody reads any more. */
  unwanted(): void {
    this.areUnwanted = true;
    this.#call.resume();
  }

  get #isFull(): boolean {
    const bytes = this.#sizes.reduce((sum, size) => sum + size, 0);
    return this.#sizes.length >= STREAM_WINDOW_CHUNKS || bytes >= STREAM_WINDOW_BYTES;
  }
}
