import type { Channel } from '@bulkhead/protocol';
import type { Client, ServiceError } from '@grpc/grpc-js';
import { asReason } from '../errors/as-reason.ts';
import { BulkheadError } from '../errors/bulkhead-error.ts';
import type { GrpcEndpoint } from '../launcher/running-instance.ts';
import { settlesWithin } from '../lifecycle/wait.ts';
import type { ByteStream } from './byte-stream.ts';
import { GrpcChannel, type PieceCall } from './grpc-channel.ts';
import { grpcClient, listens } from './grpc-client.ts';

/** See the protocol, "gRPC". */
const SERVICE = 'bulkhead.plugin.v1.Frames';
/** A process whose end broke the connection is known to have ended within this time. */
const END_MILLISECONDS = 200;

/** Both channels over one connection of gRPC, to an SDK that serves `Frames`. */
export function grpcStreams(endpoint: GrpcEndpoint, plugin: string): Readonly<Record<Channel, ByteStream>> {
  const { data, control } = new GrpcStreams(endpoint, plugin);
  return { data, control };
}

class GrpcStreams {
  readonly data: GrpcChannel;
  readonly control: GrpcChannel;
  readonly #endpoint: GrpcEndpoint;
  readonly #plugin: string;
  readonly #client: Client;
  readonly #gone = new AbortController();
  #isListening: Promise<void> | undefined;
  #open = 0;
  #met = 0;

  constructor(endpoint: GrpcEndpoint, plugin: string) {
    this.#endpoint = endpoint;
    this.#plugin = plugin;
    const { grpc, path } = endpoint;
    this.#client = grpcClient(grpc, `unix:${path}`, grpc.credentials.createInsecure());
    void endpoint.gone.then(() => this.#gone.abort());
    this.data = this.#channel('Data');
    this.control = this.#channel('Control');
  }

  #channel(method: string): GrpcChannel {
    this.#open += 1;
    return new GrpcChannel({
      call: async (signal) => await this.#call(method, signal),
      explain: async (error) => await this.#explain(error),
      destroyed: () => {
        if (--this.#open === 0) this.#client.close();
      },
    });
  }

  async #call(method: string, signal: AbortSignal): Promise<PieceCall | undefined> {
    const ended = AbortSignal.any([signal, this.#gone.signal]);
    try {
      await (this.#isListening ??= listens(this.#endpoint.path, ended));
      ended.throwIfAborted();
    } catch {
      return undefined;
    }
    const same = (bytes: Buffer): Buffer => bytes;
    const call: PieceCall = this.#client.makeBidiStreamRequest(`/${SERVICE}/${method}`, same, same);
    call.once('metadata', () => {
      this.#met += 1;
      if (this.#met === 2) this.#endpoint.connected();
    });
    return call;
  }

  async #explain({ code, details }: ServiceError): Promise<Error | undefined> {
    const { status } = this.#endpoint.grpc;
    const said = `${status[code]}: ${details}`;
    if (code === status.UNIMPLEMENTED)
      return new BulkheadError('PROTOCOL_MISMATCH', {
        plugin: this.#plugin,
        reason: asReason(`the host speaks ${SERVICE}, and the plugin's server of gRPC has no such service (${said})`),
      });
    if (code === status.CANCELLED || (code === status.UNAVAILABLE && this.#met > 0)) return undefined;
    if (await settlesWithin(this.#endpoint.gone, END_MILLISECONDS)) return undefined;
    if (code !== status.UNAVAILABLE) return new Error(asReason(`the call of gRPC ended with ${said}`));
    return new BulkheadError('PROTOCOL_VIOLATION', {
      plugin: this.#plugin,
      reason: asReason(`what listens on its socket is no server of gRPC (${said})`),
      cure: 'Let it serve gRPC there, without TLS.',
    });
  }
}
