import type { Buffer } from 'node:buffer';
import {
  FrameTooLargeError,
  Kind,
  type PluginMessage,
  type RemoteFailure,
  type TraceContext,
} from '@bulkhead/protocol';
import type { ClientReadableStream, ServiceError } from '@grpc/grpc-js';
import { settlesWithin } from '../../lifecycle/wait.ts';
import type { Grpc } from '../grpc-client.ts';
import type { FrameRefusal } from '../transport.ts';
import type { BytesCall, BytesClient } from './bytes-client.ts';
import type { Answer, CallCodec, CodedCall, WrittenCall } from './call-codec.ts';
import type { TypedFailure } from './contract.ts';
import { ChunkWindow } from './chunk-window.ts';
import { InputWriter } from './input-writer.ts';

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

type Waiting = WrittenCall & Omit<TracedCall, 'input' | 'streams'>;

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
  /** Of the calls whose input has streams. */
  readonly #inputs = new Map<number, InputWriter>();
  #takesCancel = true;

  constructor(part: CallsPart) {
    this.#part = part;
  }

  get isIdle(): boolean {
    return this.#waiting.length === 0 && this.#running.size === 0;
  }

  /** @returns how many bytes it has. @throws CodecError */
  call({ trace, ...call }: TracedCall): number {
    const { id, action, timeout, streams } = call;
    const { codec, maximum } = this.#part;
    const written = codec.write(call);
    if (written === undefined) {
      const unknown = this.#failure({ code: 'ACTION_UNKNOWN', message: `there is no action ${action}` });
      queueMicrotask(() => this.#fail(id, unknown));
      return 1;
    }
    const { length } = written.bytes;
    if (length > maximum) throw new FrameTooLargeError(length, maximum);
    if (streams.length > 0) this.#inputs.set(id, this.#inputOf(id, streams.length));
    this.#waiting.push({ id, action, timeout, trace, ...written });
    this.#next();
    return length;
  }

  /** One that was not sent yet ends at once. Any other the plugin ends, or gRPC where the plugin leaves that to it. */
  cancel(id: number): void {
    const index = this.#waiting.findIndex((each) => each.id === id);
    if (index >= 0) {
      this.#waiting.splice(index, 1);
      this.#inputs.delete(id);
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

  /** @returns how many bytes it has. @throws CodecError */
  feed(id: number, stream: number, value: unknown): number {
    return this.#inputs.get(id)?.chunk(stream, value) ?? 0;
  }

  endInput(id: number, stream: number): void {
    this.#inputs.get(id)?.end(stream);
  }

  #next(): void {
    while (this.#running.size < this.#part.concurrency) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      this.#running.set(next.id, this.#begin(next));
    }
  }

  #begin(call: Waiting): Running {
    if (call.isStream) return this.#stream(call);
    return this.#inputs.has(call.id) ? this.#single(call) : this.#unary(call);
  }

  #unary(call: Waiting): Running {
    const { id, action, path, bytes } = call;
    return this.#part.client.unary(path, bytes, this.#optionsOf(call), (error, answer) => {
      if (error === null) this.#answered(id, action, answer);
      else void this.#failed(id, error);
    });
  }

  /** A call whose input has streams, and whose answer is one. */
  #single(waiting: Waiting): Running {
    const { id, action } = waiting;
    const call = this.#open(waiting);
    let answer: Buffer | undefined;
    let hasFailed = false;
    call.on('data', (bytes: Buffer) => (answer ??= bytes));
    call.on('error', (error: ServiceError) => {
      hasFailed = true;
      void this.#failed(id, error);
    });
    // behind the error, where there is one
    call.once('end', () => {
      if (!hasFailed) this.#answered(id, action, answer);
    });
    return { cancel: () => call.cancel() };
  }

  #answered(id: number, action: string, answer: Buffer | undefined): void {
    const read = answer === undefined ? undefined : this.#read(id, action, answer);
    if (answer === undefined) this.#fail(id, this.#failure({ message: 'it has ended the call without an answer' }));
    if (read !== undefined) this.#part.deliver([Kind.Result, id, read.result]);
    this.#ended(id);
  }

  #stream(waiting: Waiting): Running {
    const { id, action } = waiting;
    const call = this.#open(waiting);
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

  #open(waiting: Waiting): ClientReadableStream<Buffer> {
    const { client } = this.#part;
    const { id, path, bytes } = waiting;
    const options = this.#optionsOf(waiting);
    const input = this.#inputs.get(id);
    return input === undefined ? client.stream(path, bytes, options) : input.begin(client.both(path, options), bytes);
  }

  #inputOf(id: number, streams: number): InputWriter {
    const { codec, maximum, deliver } = this.#part;
    if (codec.input === undefined) throw new Error('the service of the plugin takes no streams');
    const taken = (stream: number): void => {
      if (this.#inputs.has(id)) deliver([Kind.InputCredit, id, stream, 1]);
    };
    return new InputWriter({ codec: codec.input, streams, maximum, taken });
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
    this.#inputs.delete(id);
    this.#next();
    if (this.isIdle) this.#part.idle();
  }
}
