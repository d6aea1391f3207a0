import {
  type DebugPayload,
  FrameTooLargeError,
  Kind,
  moveIntoMemory,
  type PluginMessage,
  TooManyValuesError,
} from '@bulkhead/protocol';
import { BulkheadError, isBulkheadError } from '../errors/bulkhead-error.ts';
import { readFailure } from '../errors/read-failure.ts';
import { errorFromRemote } from '../errors/remote-failure.ts';
import type { HideSecrets } from '../lifecycle/hide-secrets.ts';
import { visibleLine } from '../lifecycle/visible-text.ts';
import { ForeignBytes } from '../transport/foreign-bytes.ts';
import type { CloseInfo, FrameReceiver, FrameRefusal, Transport } from '../transport/transport.ts';
import { type CallInput, callMessage } from './call-input.ts';
import type { CallReceiver } from './call-receiver.ts';
import { CallReports, type LogSink } from './call-reports.ts';
import { type DebugAnswer, DebugRequests } from './debug-requests.ts';
import { Greeting, type Introduction } from './greeting.ts';
import type { Requirement, SessionIdentity } from './handshake.ts';
import { inputError } from './input-error.ts';
import { OpenInputs } from './open-inputs.ts';
import { OpenStreams } from './open-streams.ts';
import { Pings } from './pings.ts';
import { PluginRequests, type RequestHandlers } from './plugin-requests.ts';
import type { Conversation, MessageHandler, SessionPart } from './session-part.ts';

/** Characters: a path inside a frame may be long. */
const LONGEST_REASON = 1_024;

export interface SessionOptions extends SessionIdentity, Requirement, RequestHandlers {
  readonly log: LogSink;
  /** For the secrets that the plugin was given, in what it says. */
  readonly hide: HideSecrets;
}

/**
 * The typed conversation with one instance over one transport: the handshake, calls and their answers. The session's parts take
 * all other messages of the plugin.
 */
export class Session {
  /** Resolves when the transport is closed and every call has been settled; never rejects. */
  readonly closed: Promise<CloseInfo>;
  readonly #transport: Transport;
  readonly #options: SessionOptions;
  readonly #calls = new Map<number, CallReceiver>();
  readonly #greeting = new Greeting();
  readonly #streams: OpenStreams;
  readonly #inputs: OpenInputs;
  readonly #reports: CallReports;
  readonly #pings: Pings;
  readonly #debugRequests: DebugRequests;
  readonly #parts: readonly SessionPart[];
  /** The parts that hear of the end of each call. */
  readonly #hearOver: readonly SessionPart[];
  readonly #hearAnswered: readonly SessionPart[];
  readonly #handlers: readonly (MessageHandler<never> | undefined)[];
  #loss: BulkheadError | undefined;
  #lastId = 0;

  private constructor(transport: Transport, options: SessionOptions) {
    this.#transport = transport;
    this.#options = options;
    const conversation: Conversation = {
      plugin: options.plugin,
      calls: this.#calls,
      send: (message) => transport.send(message),
      get writable() {
        return transport.writable;
      },
      cancel: (call) => this.cancel(call),
    };
    this.#streams = new OpenStreams(conversation);
    this.#inputs = new OpenInputs(conversation, this.#streams);
    this.#reports = new CallReports(conversation, options);
    this.#pings = new Pings(conversation);
    this.#debugRequests = new DebugRequests(conversation, options.hide);
    const requests = new PluginRequests(conversation, options);
    this.#parts = [
      this.#greeting,
      this.#streams,
      this.#inputs,
      requests,
      this.#reports,
      this.#pings,
      this.#debugRequests,
    ];
    this.#hearOver = this.#parts.filter(({ over }) => over !== undefined);
    this.#hearAnswered = this.#parts.filter(({ answered }) => answered !== undefined);
    this.#handlers = this.#table();
    transport.open(this.#receiver);
    this.closed = transport.closed.then((info) => {
      this.#lose(lossBy(info, options.plugin));
      return info;
    });
  }

  /**
   * Greets the plugin and waits until it is ready.
   *
   * @throws BulkheadError `PLUGIN_IMPORT_FAILED`, `PLUGIN_INVALID`, `PLUGIN_INITIALIZE_FAILED`, `PROTOCOL_MISMATCH`, `PROTOCOL_VIOLATION`,
   * `PLUGIN_DISCONNECTED`; or the signal's reason.
   */
  static async open(transport: Transport, options: SessionOptions, signal: AbortSignal): Promise<OpenSession> {
    const session = new Session(transport, options);
    return { session, ...(await session.#greeting.meet(transport, options, signal)) };
  }

  /** The id of the one call that is in flight; undefined when there are none or several. */
  get onlyCall(): number | undefined {
    const [id] = this.#calls.keys();
    return this.#calls.size === 1 ? id : undefined;
  }

  /** Why nothing can be asked of the plugin any more; known before the first of its calls hears of it. */
  get lost(): BulkheadError | undefined {
    return this.#loss;
  }

  /** Calls that were sent and not answered. */
  get inFlight(): number {
    return this.#calls.size;
  }

  /** Whether both sides have named a feature. */
  agreedOn(feature: string): boolean {
    return this.#greeting.features.includes(feature);
  }

  /**
   * Sends a call; its receiver hears of the answer exactly once, unless this throws. The sources of the input are read as the
   * plugin takes them, and closed when the call ends.
   *
   * @returns the call's id, for `cancel`.
   * @throws BulkheadError `INPUT_NOT_ENCODABLE`, `INPUT_TOO_LARGE`, `INPUT_STREAM_REFUSED`, or what the session was lost by;
   * the sources have not been touched then.
   */
  call(action: string, input: CallInput, receiver: CallReceiver): number {
    if (this.#loss !== undefined) throw this.#loss;
    const id = ++this.#lastId;
    const { sources } = input;
    this.#inputs.check(sources, action, this.#greeting);
    try {
      this.#transport.send(callMessage(id, action, input, receiver), input.isFixed);
    } catch (error) {
      throw inputError(error, this.#options.plugin, action);
    }
    this.#calls.set(id, receiver);
    if (receiver.trace !== undefined) this.#reports.traced(id, receiver.trace.traceparent);
    if (sources.length > 0)
      this.#inputs.begin(id, sources, receiver, (error) => {
        this.cancel(id);
        this.#take(id)?.reject(error);
      });
    return id;
  }

  /** Asks for a call to end. Its receiver still gets an answer, or hears that the session was lost. */
  cancel(id: number): void {
    if (!this.#calls.has(id)) return;
    for (const part of this.#parts) part.givenUp?.(id);
    this.#transport.send([Kind.Cancel, id]);
    if (this.agreedOn('streams')) this.#wake(id);
  }

  /** A generator may be asleep, and only what comes on data wakes it. */
  #wake(id: number): void {
    try {
      this.#transport.send([Kind.Credit, id, 0]);
    } catch {
      // A getter of an input has cancelled this call while that input is being encoded: send this behind it.
      setImmediate(() => this.#wake(id));
    }
  }

  /** Whether a call has to wait for a source of its input, and not for the plugin. */
  awaitsInput(id: number): boolean {
    return this.#inputs.areStarved(id);
  }

  /** Resolves when the plugin's control thread has answered. @throws BulkheadError what it was lost by, or the signal's reason */
  async ping(signal: AbortSignal): Promise<void> {
    if (this.#loss !== undefined) throw this.#loss;
    await this.#pings.ping(++this.#lastId, signal);
  }

  /**
   * Asks the plugin to let a debugger attach; if it does, calls are waited for without limit from then on.
   *
   * @throws BulkheadError what it was lost by, or the signal's reason
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
    await this.#greeting.parted();
  }

  async close(): Promise<void> {
    await this.#transport[Symbol.asyncDispose]();
  }

  readonly #receiver: FrameReceiver = {
    message: (message) => this.#dispatch(message),
    refused: (refusal) => this.#refused(refusal),
    memoryFor: ([kind, id]) => (kind === Kind.Result ? this.#calls.get(id)?.into : undefined),
  };

  #dispatch(message: PluginMessage): void {
    const kind: unknown = message[0];
    if (typeof message[1] !== 'number') return this.#violate('a message has no numeric id');
    if (!this.#greeting.hasBegun && !mayComeFirst(message))
      return this.#violate(`it sent a message of the kind ${visibleLine(String(kind), 40)} before its HELLO`);
    if (message[0] === Kind.Result) return this.#answered(message);
    const handler = typeof kind === 'number' ? this.#handlers[kind] : undefined;
    if (handler === undefined)
      return this.#violate(`it sent a message of the unknown kind ${visibleLine(String(kind), 40)}`);
    const mistake = handler(message as never);
    if (mistake !== undefined) this.#violate(mistake);
  }

  /** By kind: the session's own, and those of its parts. */
  #table(): readonly (MessageHandler<never> | undefined)[] {
    const table: (MessageHandler<never> | undefined)[] = [];
    const own: SessionPart['handles'] = {
      [Kind.End]: ([, id, value]) => {
        this.#takeAnswered(id)?.resolve(value);
        return undefined;
      },
      [Kind.Failure]: ([, id, value]) => this.#failed(id, value),
    };
    for (const handles of [own, ...this.#parts.map((part) => part.handles)])
      for (const [kind, handler] of Object.entries(handles)) table[Number(kind)] = handler as MessageHandler<never>;
    return table;
  }

  #answered(message: PluginMessage & { readonly 0: typeof Kind.Result }): void {
    const receiver = this.#takeAnswered(message[1]);
    const into = receiver?.into;
    // an answer small enough to arrive in the frame itself, not as a body
    if (into !== undefined) moveIntoMemory(message as unknown as unknown[], into);
    receiver?.resolve(message[2]);
  }

  /** A late answer, of a call that was given up and replaced, has no receiver. */
  #take(id: number): CallReceiver | undefined {
    const receiver = this.#calls.get(id);
    if (receiver !== undefined) this.#calls.delete(id);
    for (const part of this.#hearOver) part.over?.(id);
    return receiver;
  }

  /** The plugin has said its last word on the call. */
  #takeAnswered(id: number): CallReceiver | undefined {
    const receiver = this.#take(id); // first, or its own waiting requests would get the leases that it frees
    for (const part of this.#hearAnswered) part.answered?.(id);
    return receiver;
  }

  #failed(id: number, value: unknown): string | undefined {
    const failure = readFailure(value, this.#options.hide);
    if (failure === undefined) return 'a FAILURE is not as the protocol says';
    const { plugin } = this.#options;
    if (id === 0) this.#greeting.failed(errorFromRemote(failure, { plugin, action: 'start', actions: [] }));
    else {
      const receiver = this.#takeAnswered(id);
      receiver?.reject(errorFromRemote(failure, { plugin, action: receiver.action, actions: this.#greeting.actions }));
    }
    return undefined;
  }

  #refused({ error, kind, id, fatal, length }: FrameRefusal): void {
    const why = visibleLine(error.message, LONGEST_REASON);
    if (fatal) return this.#violate(`the host can't follow its frames any more: ${why}`);
    if (this.#reports.refused(kind, id, why)) return;
    const goesOn = id !== undefined && this.#streams.has(id);
    if (goesOn) this.cancel(id); // its generator would wait for ever
    const receiver = id === undefined ? undefined : goesOn ? this.#take(id) : this.#takeAnswered(id);
    if (receiver === undefined)
      return this.#violate(`a frame of ${length} bytes (kind ${kind ?? 'unknown'}) can't be read: ${why}`);
    receiver.reject(this.#refusal(error, why, receiver.action));
  }

  #refusal(error: Error, reason: string, action: string): BulkheadError {
    if (isBulkheadError(error)) return error;
    const { plugin } = this.#options;
    const isFrame = error instanceof FrameTooLargeError;
    if (isFrame || error instanceof TooManyValuesError)
      return new BulkheadError('RESULT_TOO_LARGE', { plugin, action, reason, limit: isFrame ? 'frame' : 'values' });
    return new BulkheadError('FRAME_REFUSED', { plugin, action, reason }, { cause: error });
  }

  /** The plugin can't be trusted to be in step any more: the connection ends, and with it every call. */
  #violate(reason: string): void {
    this.#lose(new BulkheadError('PROTOCOL_VIOLATION', { plugin: this.#options.plugin, reason }));
    void this.close();
  }

  /** The first reason holds. */
  #lose(error: BulkheadError): void {
    if (this.#loss !== undefined) return;
    this.#loss = error;
    for (const part of this.#parts) part.lost?.(error);
    for (const id of this.#calls.keys()) this.#take(id)?.reject(error);
  }
}

/** Control, where logs go, may overtake data; and what keeps a plugin from greeting is told instead. */
function mayComeFirst([kind, id]: PluginMessage): boolean {
  return kind === Kind.Hello || kind === Kind.Log || (kind === Kind.Failure && id === 0);
}

const SPEAK_PROTOCOL =
  'With `transport: stdio` standard output belongs to the protocol: let the program write everything else to standard error.';

function lossBy(info: CloseInfo, plugin: string): BulkheadError {
  const { error, channel } = info;
  if (isBulkheadError(error)) return error;
  const reason = whyClosed(info);
  return error instanceof ForeignBytes
    ? new BulkheadError('PROTOCOL_VIOLATION', { plugin, reason, cure: SPEAK_PROTOCOL })
    : new BulkheadError('PLUGIN_DISCONNECTED', { plugin, reason, channel });
}

function whyClosed({ by, error, channel }: CloseInfo): string {
  if (channel !== undefined)
    return `the plugin closed its ${channel} channel (file descriptor ${channel === 'data' ? 3 : 4}) while its process ran on`;
  if (error !== undefined) return visibleLine(error.message, LONGEST_REASON);
  return by === 'local' ? 'the host closed it' : 'the plugin closed it';
}

/** A session that has been greeted, and what the plugin said of itself. */
export interface OpenSession extends Introduction {
  readonly session: Session;
}
