import {
  type ActionDescription,
  type HostMessage,
  Kind,
  type PluginMessage,
  type WelcomePayload,
} from '@bulkhead/protocol';
import type { ServiceError } from '@grpc/grpc-js';
import type { TypedEndpoint } from '../../launcher/running-instance.ts';
import { type Deferred, deferred } from '../../lifecycle/deferred.ts';
import { isRecord } from '../../lifecycle/is-record.ts';
import { settlesWithin } from '../../lifecycle/wait.ts';
import { grpcClient, grpcOf, listens } from '../grpc-client.ts';
import { grpcLoss } from '../grpc-loss.ts';
import type { CloseInfo, FrameReceiver, Transport, TransportLimits } from '../transport.ts';
import { BytesClient } from './bytes-client.ts';
import { TypedCalls } from './calls.ts';
import { SERVICE, type TypedAction, TypedClient } from './contract.ts';
import { fromData, fromStruct, toData } from './data.ts';
import { ExecuteCodec } from './execute-codec.ts';
import { HostRequests } from './host-requests.ts';

/** Of plugin.proto. */
const PROTOCOL = 1;
const FEATURES = ['cancel', 'progress', 'streams', 'host_calls', 'concurrency'];
/** What a process has answered before its end arrives within this time. */
const LAST_WORDS_MILLISECONDS = 100;

interface Origin {
  readonly plugin: string;
  readonly limits: TransportLimits;
}

/**
 * A plugin that serves the typed service and knows nothing of frames. This plays its part of the conversation, so that it is a plugin
 * as any other: with the same limits, the same errors, in the same pool.
 */
export class TypedTransport implements Transport {
  readonly closed: Promise<CloseInfo>;
  readonly #endpoint: TypedEndpoint;
  readonly #origin: Origin;
  readonly #client: TypedClient;
  readonly #closing: Deferred<CloseInfo> = deferred();
  readonly #ended = new AbortController();
  #receiver: FrameReceiver | undefined;
  #isMsgpack = false;
  #isMet = false;
  #calls: TypedCalls | undefined;
  #requests: HostRequests | undefined;
  /** SHUTDOWN came: BYE follows the last answer. */
  #isLeaving = false;

  constructor(endpoint: TypedEndpoint, origin: Origin) {
    this.#endpoint = endpoint;
    this.#origin = origin;
    const { path, definition } = endpoint;
    const grpc = grpcOf(endpoint);
    const client = grpcClient(grpc, `unix:${path}`, grpc.credentials.createInsecure(), origin.limits.frame);
    this.#client = new TypedClient(new BytesClient(client), definition);
    this.closed = this.#closing.promise;
    void endpoint.gone.then(async () => {
      if (this.#calls?.isIdle === false) await settlesWithin(this.closed, LAST_WORDS_MILLISECONDS);
      this.#close({ by: 'peer' });
    });
  }

  open(receiver: FrameReceiver): void {
    this.#receiver = receiver;
    void this.#greet();
  }

  useBodies(): void {}

  greeted(): void {}

  /** @throws CodecError */
  send(message: HostMessage): number {
    if (this.#isClosed) return 0;
    const [kind, id] = message;
    switch (kind) {
      case Kind.Welcome:
        void this.#initialize(message[2]);
        break;
      case Kind.Call:
        return this.#calls?.call(id, message[2], message[3], message[4] ?? undefined) ?? 0;
      case Kind.Cancel:
        this.#calls?.cancel(id);
        break;
      case Kind.Credit:
        if (message[2] > 0) this.#calls?.credit(id, message[2]);
        break;
      case Kind.HostResult:
        this.#requests?.answer(id, message[2]);
        break;
      case Kind.HostFailure:
        this.#requests?.fail(id, message[2]);
        break;
      case Kind.Ping:
        void this.#ping(id);
        break;
      case Kind.Shutdown:
        this.#isLeaving = true;
        this.#leaveWhenDone();
        break;
      case Kind.InputChunk:
      case Kind.InputEnd:
      case Kind.Debug: // not agreed on
    }
    return 1;
  }

  get writable(): Promise<void> {
    return Promise.resolve();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#close({ by: 'local' });
    await this.closed;
  }

  async #greet(): Promise<void> {
    const { plugin } = this.#origin;
    try {
      await listens(this.#endpoint.path, this.#ended.signal);
      const request = { protocol: PROTOCOL, plugin, generation: this.#endpoint.generation };
      const said = await this.#client.ask('Handshake', request);
      this.#endpoint.connected();
      this.#isMet = true;
      this.#isMsgpack = said.encoding === 'ENCODING_MSGPACK';
      const protocol = said.protocol ?? 0;
      this.#say([
        Kind.Hello,
        0,
        {
          protocol: [protocol, protocol],
          features: FEATURES,
          sdk: { name: SERVICE, version: String(protocol) },
          language: { name: said.language || 'unknown', version: said.languageVersion || '-' },
          environment: '',
        },
      ]);
    } catch (error) {
      if (!this.#isClosed) await this.#lose(error as Error);
    }
  }

  async #initialize({ configuration, concurrency }: WelcomePayload): Promise<void> {
    const invalid = (error: Error): void => this.#close({ by: 'failed', error });
    // Before the plugin can be ready: else one whose host is killed at that moment would never hear of its end.
    this.#requests = new HostRequests(this.#client, this.#isMsgpack, (message) => this.#deliver(message), invalid);
    try {
      const request = { configuration: toData(configuration, this.#isMsgpack), concurrency };
      const { actions = {}, metadata } = await this.#client.ask('Initialize', request);
      const said = fromData(metadata);
      this.#calls = new TypedCalls({
        client: this.#client.calls,
        grpc: grpcOf(this.#endpoint),
        codec: new ExecuteCodec(this.#client, this.#isMsgpack, actions),
        concurrency,
        maximum: this.#origin.limits.frame,
        gone: this.#endpoint.gone,
        deliver: (message) => this.#deliver(message),
        refused: (refusal) => this.#receiver?.refused(refusal),
        idle: () => this.#leaveWhenDone(),
      });
      const descriptions = Object.fromEntries(
        Object.entries(actions).map(([name, action]) => [name, descriptionOf(action)]),
      );
      this.#deliver([Kind.Ready, 0, { metadata: isRecord(said) ? said : {}, actions: descriptions }]);
    } catch (error) {
      const { code, details, message } = error as ServiceError;
      const { status } = grpcOf(this.#endpoint);
      if (code === status.UNAVAILABLE && (await settlesWithin(this.#endpoint.gone, LAST_WORDS_MILLISECONDS))) return;
      const type = code === undefined ? {} : { type: status[code] };
      const failure = { code: 'PLUGIN_INITIALIZE_FAILED', message: details ?? message, ...type };
      this.#deliver([Kind.Failure, 0, failure]);
    }
  }

  async #ping(id: number): Promise<void> {
    try {
      if (await this.#client.calls.isServing()) this.#deliver([Kind.Pong, id]);
    } catch (error) {
      if ((error as ServiceError).code === grpcOf(this.#endpoint).status.UNIMPLEMENTED) this.#deliver([Kind.Pong, id]);
    }
  }

  #leaveWhenDone(): void {
    if (!this.#isLeaving || this.#isClosed || this.#calls?.isIdle === false) return;
    this.#isLeaving = false;
    const leave = (): void => {
      this.#deliver([Kind.Bye, 0]);
      this.#endpoint.dismiss();
    };
    this.#client.ask('Cleanup', {}).then(leave, leave);
  }

  async #lose(error: Error): Promise<void> {
    const asked = { plugin: this.#origin.plugin, service: SERVICE, isMet: this.#isMet };
    const isOfGrpc = typeof (error as Partial<ServiceError>).code === 'number';
    const loss = isOfGrpc ? await grpcLoss(error as ServiceError, this.#endpoint, asked) : error;
    this.#close(loss === undefined ? { by: 'peer' } : { by: 'failed', error: loss });
  }

  /** Later, as from any peer. */
  #say(message: PluginMessage): void {
    queueMicrotask(() => this.#deliver(message));
  }

  #deliver(message: PluginMessage): void {
    if (!this.#isClosed) this.#receiver?.message(message);
  }

  get #isClosed(): boolean {
    return this.#ended.signal.aborted;
  }

  #close(info: CloseInfo): void {
    if (this.#isClosed) return;
    this.#ended.abort();
    this.#requests?.close();
    this.#client.calls.close();
    this.#closing.resolve(info);
  }
}

function descriptionOf({ description, stream, idempotent, inputSchema, outputSchema }: TypedAction): ActionDescription {
  return {
    ...(description ? { description } : {}),
    ...(stream ? { stream } : {}),
    ...(idempotent ? { idempotent } : {}),
    ...(inputSchema ? { input: fromStruct(inputSchema) } : {}),
    ...(outputSchema ? { output: fromStruct(outputSchema) } : {}),
  };
}
