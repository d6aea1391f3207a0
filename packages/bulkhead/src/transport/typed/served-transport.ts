import { type HostMessage, Kind, type PluginMessage, type WelcomePayload } from '@bulkhead/protocol';
import type { ServiceError } from '@grpc/grpc-js';
import type { ServedEndpoint } from '../../launcher/running-instance.ts';
import { type Deferred, deferred } from '../../lifecycle/deferred.ts';
import { abortable, settlesWithin } from '../../lifecycle/wait.ts';
import { HEALTH_SERVICE, ServerServices } from '../go-plugin/server-services.ts';
import { credentialsFor, grpcClient, grpcOf, listens } from '../grpc-client.ts';
import { grpcLoss } from '../grpc-loss.ts';
import { ProtoContract } from '../proto/proto-contract.ts';
import type { CloseInfo, FrameReceiver, Transport, TransportLimits } from '../transport.ts';
import { BytesClient } from './bytes-client.ts';
import { TypedCalls } from './calls.ts';
import { PluginContract } from './plugin-contract.ts';
import type { ServedContract } from './served-contract.ts';

/** What a process has answered before its end arrives within this time. */
const LAST_WORDS_MILLISECONDS = 100;
const UNIX = 'unix:';
const SERVE_AS_ANNOUNCED =
  'Let it serve gRPC where its handshake says, over TLS only with the certificate that go-plugin itself makes (AutoMTLS).';

type CallMessage = Extract<HostMessage, readonly [typeof Kind.Call, ...unknown[]]>;

interface Origin {
  readonly plugin: string;
  readonly limits: TransportLimits;
}

/** The server of a plugin, once it is connected to. */
interface Server {
  readonly client: BytesClient;
  readonly contract: ServedContract;
  readonly health: string;
  /** Of go-plugin. */
  readonly services: ServerServices | undefined;
}

/**
 * A plugin that serves a service of gRPC and knows nothing of frames. This plays its part of the conversation, so that it is a plugin
 * as any other: with the same limits, the same errors, in the same pool.
 */
export class ServedTransport implements Transport {
  readonly closed: Promise<CloseInfo>;
  readonly #endpoint: ServedEndpoint;
  readonly #origin: Origin;
  readonly #closing: Deferred<CloseInfo> = deferred();
  readonly #ended = new AbortController();
  #receiver: FrameReceiver | undefined;
  #server: Server | undefined;
  #isMet = false;
  #calls: TypedCalls | undefined;
  /** SHUTDOWN came: BYE follows the last answer. */
  #isLeaving = false;

  constructor(endpoint: ServedEndpoint, origin: Origin) {
    this.#endpoint = endpoint;
    this.#origin = origin;
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
        return this.#call(message);
      case Kind.Cancel:
        this.#calls?.cancel(id);
        break;
      case Kind.Credit:
        if (message[2] > 0) this.#calls?.credit(id, message[2]);
        break;
      case Kind.HostResult:
        this.#server?.contract.answer(id, message[2]);
        break;
      case Kind.HostFailure:
        this.#server?.contract.fail(id, message[2]);
        break;
      case Kind.Ping:
        void this.#ping(id);
        break;
      case Kind.Shutdown:
        this.#isLeaving = true;
        this.#leaveWhenDone();
        break;
      case Kind.InputChunk:
        return this.#calls?.feed(id, message[2], message[3]) ?? 0;
      case Kind.InputEnd:
        this.#calls?.endInput(id, message[2]);
        break;
      case Kind.Debug: // not agreed on
    }
    return 1;
  }

  /** @throws CodecError */
  #call([, id, action, input, timeout, streams = [], trace]: CallMessage): number {
    return this.#calls?.call({ id, action, input, timeout: timeout ?? undefined, streams, trace }) ?? 0;
  }

  get writable(): Promise<void> {
    return Promise.resolve();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#close({ by: 'local' });
    await this.closed;
  }

  async #greet(): Promise<void> {
    try {
      const { contract, services } = await this.#connect();
      const hello = await contract.greet();
      this.#endpoint.connected();
      this.#isMet = true;
      if (this.#endpoint.output !== undefined) services?.follow(this.#endpoint.output);
      this.#say([Kind.Hello, 0, hello]);
    } catch (error) {
      if (!this.#isClosed) await this.#lose(error as Error);
    }
  }

  async #connect(): Promise<Server> {
    const { address, contract, generation, output } = this.#endpoint;
    const grpc = grpcOf(this.#endpoint);
    const { signal } = this.#ended;
    const found = await abortable(address, signal);
    if (found.target.startsWith(UNIX)) await listens(found.target.slice(UNIX.length), signal);
    const { limits, plugin } = this.#origin;
    const client = new BytesClient(grpcClient(grpc, found.target, credentialsFor(grpc, found), limits.frame));
    const health = output === undefined ? '' : HEALTH_SERVICE;
    const parts = {
      client,
      plugin,
      generation,
      values: limits.values,
      health,
      deliver: (message: PluginMessage) => this.#deliver(message),
      invalid: (error: Error) => this.#close({ by: 'failed', error }),
    };
    this.#server = {
      client,
      health,
      contract:
        'files' in contract ? new ProtoContract(contract, parts) : new PluginContract(contract.definition, parts),
      services: output === undefined ? undefined : new ServerServices(client, grpc),
    };
    return this.#server;
  }

  async #initialize(welcome: WelcomePayload): Promise<void> {
    if (this.#server === undefined) return;
    const { client, contract } = this.#server;
    try {
      const { ready, codec } = await contract.initialize(welcome);
      this.#calls = new TypedCalls({
        client,
        grpc: grpcOf(this.#endpoint),
        codec,
        concurrency: welcome.concurrency,
        maximum: this.#origin.limits.frame,
        gone: this.#endpoint.gone,
        deliver: (message) => this.#deliver(message),
        refused: (refusal) => this.#receiver?.refused(refusal),
        idle: () => this.#leaveWhenDone(),
      });
      this.#deliver([Kind.Ready, 0, ready]);
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
    const server = this.#server;
    if (await server?.client.isServing(server.health).catch(() => false)) this.#deliver([Kind.Pong, id]);
  }

  #leaveWhenDone(): void {
    if (!this.#isLeaving || this.#isClosed || this.#calls?.isIdle === false) return;
    this.#isLeaving = false;
    void this.#leave();
  }

  async #leave(): Promise<void> {
    await this.#server?.contract.cleanup().catch(() => undefined); // as much of it as it could
    const endsByItself = await this.#server?.services?.shutDown();
    this.#deliver([Kind.Bye, 0]);
    if (endsByItself !== true) this.#endpoint.dismiss();
  }

  async #lose(error: Error): Promise<void> {
    const asked = {
      plugin: this.#origin.plugin,
      service: this.#server?.contract.service ?? '',
      isMet: this.#isMet,
      cures: {
        missing: 'Let it serve that, or name by `proto` in the registry the .proto file of what it serves.',
        unreachable: this.#endpoint.output === undefined ? undefined : SERVE_AS_ANNOUNCED,
      },
    };
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
    this.#server?.contract.close();
    this.#server?.services?.close();
    this.#server?.client.close();
    this.#closing.resolve(info);
  }
}
