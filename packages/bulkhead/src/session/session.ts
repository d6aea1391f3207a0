import {
  type DebugPayload,
  FrameTooLargeError,
  type HelloPayload,
  type HostMessage,
  Kind,
  type LogPayload,
  moveIntoMemory,
  type PluginMessage,
  type ReadyPayload,
  TooManyValuesError,
} from '@bulkhead/protocol';
import { BulkheadError } from '../errors/bulkhead-error.ts';
import { readFailure } from '../errors/read-failure.ts';
import { errorFromRemote } from '../errors/remote-failure.ts';
import { type Deferred, deferred } from '../lifecycle/deferred.ts';
import { isRecord } from '../lifecycle/is-record.ts';
import { abortable } from '../lifecycle/wait.ts';
import type { CloseInfo, FrameReceiver, FrameRefusal, Transport } from '../transport/transport.ts';
import { type CallInput, callMessage } from './call-input.ts';
import type { CallReceiver } from './call-receiver.ts';
import { type DebugAnswer, DebugRequests } from './debug-requests.ts';
import { readHello, readProgress, readReady, type SessionIdentity, welcome } from './handshake.ts';
import { inputError } from './input-error.ts';
import { OpenInputs } from './open-inputs.ts';
import { OpenStreams } from './open-streams.ts';
import { PluginRequests, type RequestHandlers } from './plugin-requests.ts';

export interface SessionOptions extends SessionIdentity, RequestHandlers {
  /** Told of each LOG of the plugin; `call` is the id of the call it was written in, or 0. */
  readonly log: (call: number, log: LogPayload) => void;
}

/** The typed conversation with one instance over one transport. */
export class Session {
  /** Resolves when the transport is closed and every call has been settled; never rejects. */
  readonly closed: Promise<CloseInfo>;
  readonly #transport: Transport;
  readonly #options: SessionOptions;
  readonly #hello = deferred<HelloPayload>();
  readonly #ready = deferred<ReadyPayload>();
  readonly #bye = deferred<void>();
  readonly #calls = new Map<number, CallReceiver>();
  readonly #streams: OpenStreams;
  readonly #inputs: OpenInputs;
  readonly #requests: PluginRequests;
  readonly #pings = new Map<number, Deferred<void>>();
  readonly #debugRequests: DebugRequests;
  #violation: BulkheadError | undefined;
  /** Why nothing can be asked of the plugin any more; known before the first of its calls is told. */
  #loss: BulkheadError | undefined;
  #actions: readonly string[] = [];
  #features: readonly string[] = [];
  #concurrency = 1;
  #lastId = 0;

  private constructor(transport: Transport, options: SessionOptions) {
    this.#transport = transport;
    this.#options = options;
    const send = (message: HostMessage): void => void transport.send(message);
    this.#streams = new OpenStreams(send);
    this.#inputs = new OpenInputs(transport, options.plugin, this.#streams);
    this.#requests = new PluginRequests(send, options, this.#calls);
    this.#debugRequests = new DebugRequests(send);
    for (const { promise } of [this.#hello, this.#ready, this.#bye]) promise.catch(() => {});
    transport.open(this.#receiver);
    this.closed = transport.closed.then((info) => this.#lost(info));
  }

  /**
   * Greets the plugin and waits until it is ready.
   *
   * @throws BulkheadError `PLUGIN_IMPORT_FAILED`, `PLUGIN_INITIALIZE_FAILED`, `PROTOCOL_MISMATCH`, `PROTOCOL_VIOLATION`,
   * `PLUGIN_DISCONNECTED`; or the signal's reason.
   */
  static async open(transport: Transport, options: SessionOptions, signal: AbortSignal): Promise<OpenSession> {
    const session = new Session(transport, options);
    const hello = await abortable(session.#hello.promise, signal);
    const answer = welcome(hello, options);
    transport.send([Kind.Welcome, 0, answer]);
    session.#features = answer.features;
    session.#concurrency = answer.concurrency;
    transport.useBodies(answer.features.includes('bodies'));
    const ready = await abortable(session.#ready.promise, signal);
    session.#actions = Object.keys(ready.actions);
    return { session, hello, ready, concurrency: answer.concurrency };
  }

  /** The id of the one call that is in flight; undefined when there are none or several. */
  get onlyCall(): number | undefined {
    const [id] = this.#calls.keys();
    return this.#calls.size === 1 ? id : undefined;
  }

  /** How it has ended, `PROTOCOL_VIOLATION` or `PLUGIN_DISCONNECTED`: known before the first of its calls is told. */
  get lost(): BulkheadError | undefined {
    return this.#loss ?? this.#violation;
  }

  /** Calls that were sent and not answered. */
  get inFlight(): number {
    return this.#calls.size;
  }

  /** Whether both sides have named a feature. */
  agreedOn(feature: string): boolean {
    return this.#features.includes(feature);
  }

  /**
   * Sends a call; its receiver is told of the answer exactly once, unless this throws. The sources of the input are read
   * as the plugin takes them, and closed when the call ends.
   *
   * @returns the call's id, for `cancel`.
   * @throws BulkheadError `INPUT_NOT_ENCODABLE`, `INPUT_TOO_LARGE`, `INPUT_STREAM_REFUSED`, `PLUGIN_DISCONNECTED`; the
   * sources have not been touched then.
   */
  call(action: string, input: CallInput, receiver: CallReceiver): number {
    if (this.lost !== undefined) throw this.lost;
    const id = ++this.#lastId;
    const { sources } = input;
    this.#inputs.check(sources, action, { features: this.#features, concurrency: this.#concurrency });
    try {
      this.#transport.send(callMessage(id, action, input, receiver.timeout));
    } catch (error) {
      throw inputError(error, this.#options.plugin, action);
    }
    this.#calls.set(id, receiver);
    if (sources.length > 0)
      this.#inputs.begin(id, sources, receiver, (error) => {
        this.cancel(id);
        this.#take(id)?.reject(error);
      });
    return id;
  }

  /** Asks for a call to end. Its receiver still gets an answer, or is told that the session was lost. */
  cancel(id: number): void {
    if (!this.#calls.has(id)) return;
    this.#requests.givenUp(id);
    this.#inputs.end(id);
    this.#transport.send([Kind.Cancel, id]);
    // A generator may be asleep, and only what comes on data wakes it.
    if (this.agreedOn('streams')) this.#transport.send([Kind.Credit, id, 0]);
  }

  /** Whether a call has to wait for a source of its input, and not for the plugin. */
  awaitsInput(id: number): boolean {
    return this.#inputs.areStarved(id);
  }

  /** Resolves when the plugin's control thread has answered. @throws BulkheadError `PLUGIN_DISCONNECTED`, or the signal's reason. */
  async ping(signal: AbortSignal): Promise<void> {
    if (this.#loss !== undefined) throw this.#loss;
    const id = ++this.#lastId;
    const pong = deferred<void>();
    this.#pings.set(id, pong);
    try {
      this.#transport.send([Kind.Ping, id]);
      await abortable(pong.promise, signal);
    } finally {
      this.#pings.delete(id);
    }
  }

  /**
   * Asks the plugin to let a debugger attach; if it does, calls are waited for without limit from then on.
   *
   * @throws BulkheadError `PLUGIN_DISCONNECTED`, or the signal's reason
   */
  async debug(request: DebugPayload, changed: (attached: boolean) => void, signal: AbortSignal): Promise<DebugAnswer> {
    if (this.#loss !== undefined) throw this.#loss;
    const answer = await this.#debugRequests.ask(++this.#lastId, request, changed, signal);
    if ('port' in answer) for (const receiver of this.#calls.values()) receiver.liftLimits?.();
    return answer;
  }

  /** Asks the plugin to finish the calls before it, clean up and go. Resolves at its BYE, or when it is gone. */
  async shutdown(): Promise<void> {
    this.#transport.send([Kind.Shutdown, 0]);
    await this.#bye.promise.catch(() => {});
  }

  async close(): Promise<void> {
    await this.#transport[Symbol.asyncDispose]();
  }

  readonly #receiver: FrameReceiver = {
    message: (message) => {
      const id: unknown = message[1];
      if (typeof id !== 'number') return this.#violate('a message has no numeric id');
      this.#dispatch(message);
    },
    refused: (refusal) => this.#refused(refusal),
    memoryFor: ([kind, id]) => (kind === Kind.Result ? this.#calls.get(id)?.into : undefined),
  };

  #dispatch(message: PluginMessage): void {
    switch (message[0]) {
      case Kind.Result:
        return this.#answered(message);
      case Kind.Stream:
        return this.#streams.begin(message[1], this.#calls.get(message[1]), () => this.cancel(message[1]));
      case Kind.Chunk:
        return this.#chunk(message[1], message[2]);
      case Kind.End:
        return this.#takeAnswered(message[1])?.resolve(message[2]);
      case Kind.InputCredit:
        return this.#inputCredited(message[1], message[2], message[3]);
      case Kind.Failure:
        return this.#failed(message[1], message[2]);
      case Kind.HostCall:
        return this.#violateIf(this.#requests.hostCall(message));
      case Kind.Acquire:
        return this.#violateIf(this.#requests.acquire(message));
      case Kind.Release:
        return this.#violateIf(this.#requests.release(message[1], message[2]));
      case Kind.Log:
        return this.#logged(message[1], message[2]);
      case Kind.Progress:
        return this.#progressed(message[1], message[2]);
      case Kind.Debugging:
        if (this.#debugRequests.receive(message[1], message[2])) return;
        return this.#violate('a DEBUGGING is not as the protocol says');
      case Kind.Pong:
        return this.#pings.get(message[1])?.resolve();
      case Kind.Hello: {
        const hello = readHello(message[2]);
        return hello === undefined
          ? this.#violate('its HELLO is not as the protocol says')
          : this.#hello.resolve(hello);
      }
      case Kind.Ready: {
        const ready = readReady(message[2]);
        return ready === undefined
          ? this.#violate('its READY is not as the protocol says')
          : this.#ready.resolve(ready);
      }
      case Kind.Bye:
        return this.#bye.resolve();
      default:
        return this.#violate(`it sent a message of the unknown kind ${String((message as readonly unknown[])[0])}`);
    }
  }

  #answered(message: PluginMessage & { readonly 0: typeof Kind.Result }): void {
    const receiver = this.#takeAnswered(message[1]);
    const into = receiver?.into;
    if (into !== undefined) moveIntoMemory(message as unknown as unknown[], into); // what came inside the frame
    receiver?.resolve(message[2]);
  }

  /** Late answers, of calls that were given up, find nobody. */
  #take(id: number): CallReceiver | undefined {
    const receiver = this.#calls.get(id);
    if (receiver !== undefined) this.#calls.delete(id);
    this.#streams.end(id);
    this.#inputs.end(id);
    this.#requests.over(id);
    return receiver;
  }

  /** The plugin has said its last word on the call: what that held is free. */
  #takeAnswered(id: number): CallReceiver | undefined {
    const receiver = this.#take(id); // first, or its waits would be granted what it has
    this.#requests.answered(id);
    return receiver;
  }

  #chunk(id: number, value: unknown): void {
    const receiver = this.#calls.get(id);
    if (receiver === undefined) return;
    receiver.touch?.();
    this.#violateIf(this.#streams.chunk(id, value));
  }

  #inputCredited(id: number, stream: number, count: number): void {
    this.#calls.get(id)?.touch?.();
    this.#violateIf(this.#inputs.credit(id, stream, count));
  }

  #failed(id: number, value: unknown): void {
    const failure = readFailure(value);
    if (failure === undefined) return this.#violate('a FAILURE is not as the protocol says');
    const { plugin } = this.#options;
    if (id === 0) return this.#ready.reject(errorFromRemote(failure, { plugin, action: 'start', actions: [] }));
    const receiver = this.#takeAnswered(id);
    receiver?.reject(errorFromRemote(failure, { plugin, action: receiver.action, actions: this.#actions }));
  }

  #logged(call: number, value: unknown): void {
    if (!isRecord(value) || typeof value['message'] !== 'string')
      return this.#violate('a LOG is not as the protocol says');
    this.#calls.get(call)?.touch?.();
    const level = value['level'];
    const known = level === 'debug' || level === 'info' || level === 'warn' || level === 'error';
    const fields = isRecord(value['fields']) ? { fields: value['fields'] } : {};
    this.#options.log(call, { level: known ? level : 'info', message: value['message'], ...fields });
  }

  #progressed(id: number, value: unknown): void {
    const progress = readProgress(value);
    if (progress === undefined) return this.#violate('a PROGRESS is not as the protocol says');
    const receiver = this.#calls.get(id);
    receiver?.touch?.();
    receiver?.progress?.(progress);
  }

  #refused({ error, kind, id, fatal, length }: FrameRefusal): void {
    if (fatal) return this.#violate(`a frame can't be read, and the stream can't be kept in step: ${error.message}`);
    const goesOn = id !== undefined && this.#streams.has(id);
    if (goesOn) this.cancel(id); // its generator would wait for ever
    const receiver = id === undefined ? undefined : goesOn ? this.#take(id) : this.#takeAnswered(id);
    if (receiver === undefined)
      return this.#violate(`a frame of ${length} bytes (kind ${kind ?? 'unknown'}) can't be read: ${error.message}`);
    const { plugin } = this.#options;
    const { action } = receiver;
    const limit =
      error instanceof FrameTooLargeError ? 'frame' : error instanceof TooManyValuesError ? 'values' : undefined;
    if (limit !== undefined)
      receiver.reject(new BulkheadError('RESULT_TOO_LARGE', { plugin, action, reason: error.message, limit }));
    else
      receiver.reject(new BulkheadError('FRAME_REFUSED', { plugin, action, reason: error.message }, { cause: error }));
  }

  #violateIf(mistake: string | undefined): void {
    if (mistake !== undefined) this.#violate(mistake);
  }

  /** The plugin can't be trusted to be in step any more: the connection ends, and with it every call. */
  #violate(reason: string): void {
    this.#violation ??= new BulkheadError('PROTOCOL_VIOLATION', { plugin: this.#options.plugin, reason });
    void this.close();
  }

  #lost(info: CloseInfo): CloseInfo {
    const { plugin } = this.#options;
    const error = this.#violation ?? new BulkheadError('PLUGIN_DISCONNECTED', { plugin, reason: whyClosed(info) });
    this.#loss = error;
    for (const waiting of [this.#hello, this.#ready, this.#bye, ...this.#pings.values()]) waiting.reject(error);
    this.#debugRequests.lost(error);
    for (const id of this.#calls.keys()) this.#take(id)?.reject(error);
    return info;
  }
}

function whyClosed({ by, error, channel }: CloseInfo): string {
  if (error !== undefined) return error.message;
  if (by === 'local') return 'the host closed it';
  return channel === 'control'
    ? 'the plugin closed its control channel (file descriptor 4)'
    : 'the plugin closed its data channel (file descriptor 3)';
}

/** A session that has been greeted, and what the plugin said of itself. */
export interface OpenSession {
  readonly session: Session;
  readonly hello: HelloPayload;
  readonly ready: ReadyPayload;
  /** Calls that it runs at the same time: what it was asked for, where it can. */
  readonly concurrency: number;
}
