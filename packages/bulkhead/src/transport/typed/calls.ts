import type { Buffer } from 'node:buffer';
import {
  FrameTooLargeError,
  Kind,
  type PluginMessage,
  type RemoteFailure,
  STREAM_WINDOW_BYTES,
  STREAM_WINDOW_CHUNKS,
} from '@bulkhead/protocol';
import type { ClientReadableStream, ServiceError } from '@grpc/grpc-js';
import { settlesWithin } from '../../lifecycle/wait.ts';
import type { Grpc } from '../grpc-client.ts';
import type { FrameRefusal } from '../transport.ts';
import type { ExecuteResponse, TypedClient, TypedFailure } from './contract.ts';
import { fromData, toData } from './data.ts';

/** By this much the deadline of gRPC is later than the host's own limit, which says more. */
const DEADLINE_SLACK_MILLISECONDS = 1_000;
/** A process whose end broke a call is known to have ended within this time. */
const END_MILLISECONDS = 200;
/** What gRPC says of an answer over its limit. */
const TOO_LARGE = /^Received message larger than max \((\d+) vs/;

/** What the plugin's answers are told to. */
export interface CallsPart {
  readonly client: TypedClient;
  readonly grpc: Grpc;
  readonly isMsgpack: boolean;
  /** The most at the same time: a server of gRPC would run all that it is sent. */
  readonly concurrency: number;
  readonly actions: ReadonlyMap<string, { readonly isStream: boolean }>;
  readonly maximum: number;
  readonly gone: Promise<unknown>;
  readonly deliver: (message: PluginMessage) => void;
  readonly refused: (refusal: FrameRefusal) => void;
  /** Called when nothing is waited for. */
  readonly idle: () => void;
}

interface Waiting {
  readonly id: number;
  readonly bytes: Buffer;
  readonly isStream: boolean;
  readonly timeout: number | undefined;
}

interface Running {
  cancel(): void;
  credit?(count: number): void;
  /** Nothing of it is wanted any more. */
  unwanted?(): void;
}

/** The calls of one plugin that serves the typed service. */
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
  call(id: number, action: string, input: unknown, timeout: number | undefined): number {
    const { client, isMsgpack, actions, maximum } = this.#part;
    const isStream = actions.get(action)?.isStream === true;
    const data = toData(input, isMsgpack);
    const bytes = client.write('Execute', { call: id, action, input: data, timeoutMs: timeout ?? 0 });
    if (bytes.length > maximum) throw new FrameTooLargeError(bytes.length, maximum);
    this.#waiting.push({ id, bytes, isStream, timeout });
    this.#next();
    return bytes.length;
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
    if (!this.#takesCancel) return running.cancel();
    this.#part.client.ask('Cancel', { call: id }).catch((error: ServiceError) => {
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

  #unary({ id, bytes, timeout }: Waiting): Running {
    return this.#part.client.unary('Execute', bytes, deadlineOf(timeout), (error, answer) => {
      if (error !== null) return void this.#failed(id, error);
      this.#read(id, answer as Buffer, ({ result, failure }) => {
        if (isPresent(failure)) this.#fail(id, this.#failure(failure));
        else this.#part.deliver([Kind.Result, id, fromData(result)]);
        return true;
      });
      this.#ended(id);
    });
  }

  #stream({ id, bytes, timeout }: Waiting): Running {
    const call = this.#part.client.stream('ExecuteStream', bytes, deadlineOf(timeout));
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
      const isChunk = this.#read(id, answer, ({ result, failure }) => {
        if (isPresent(failure)) {
          this.#fail(id, this.#failure(failure));
          return false;
        }
        begin();
        chunks.sent(answer.length);
        deliver([Kind.Chunk, id, fromData(result)]);
        return true;
      });
      if (isChunk) return;
      call.cancel();
      over();
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

  /** @returns what `take` does; false where it can't be read */
  #read(id: number, answer: Buffer, take: (response: ExecuteResponse) => boolean): boolean {
    let response: ExecuteResponse;
    try {
      response = this.#part.client.read('Execute', answer);
      fromData(response.result);
    } catch (cause) {
      const error = new Error(`it is no bulkhead.plugin.v1.ExecuteResponse: ${(cause as Error).message}`);
      this.#part.refused({ error, length: answer.length, kind: Kind.Result, id, fatal: false });
      return false;
    }
    return take(response);
  }

  async #failed(id: number, error: ServiceError): Promise<void> {
    const { status } = this.#part.grpc;
    const { code, details } = error;
    if (code === status.UNAVAILABLE && (await settlesWithin(this.#part.gone, END_MILLISECONDS))) return;
    const bytes = Number(TOO_LARGE.exec(details)?.[1] ?? 0);
    if (code === status.RESOURCE_EXHAUSTED && bytes > 0) {
      const refusal = { length: bytes, kind: Kind.Result, id, fatal: false };
      this.#part.refused({ error: new FrameTooLargeError(bytes, this.#part.maximum), ...refusal });
    } else this.#fail(id, this.#failure({ code: this.#codeOf(code), message: details, type: status[code] }));
    this.#ended(id);
  }

  #codeOf(code: number): string {
    const { status } = this.#part.grpc;
    if (code === status.INVALID_ARGUMENT) return 'INPUT_REJECTED';
    if (code === status.NOT_FOUND) return 'ACTION_UNKNOWN';
    return code === status.CANCELLED || code === status.DEADLINE_EXCEEDED ? 'CALL_CANCELLED' : 'PLUGIN_RAISED';
  }

  #failure({ code, message, type, traceback }: TypedFailure): RemoteFailure {
    return {
      code: code === undefined || code === '' ? 'PLUGIN_RAISED' : code,
      message: message ?? '',
      ...(type === undefined || type === '' ? {} : { type }),
      ...(traceback === undefined || traceback === '' ? {} : { traceback }),
      ...(code === 'ACTION_UNKNOWN' ? { data: { actions: [...this.#part.actions.keys()] } } : {}),
    };
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

function isPresent(failure: TypedFailure | null | undefined): failure is TypedFailure {
  return failure !== null && failure !== undefined;
}

function deadlineOf(timeout: number | undefined): { deadline?: number } {
  return timeout === undefined ? {} : { deadline: Date.now() + timeout + DEADLINE_SLACK_MILLISECONDS };
}
