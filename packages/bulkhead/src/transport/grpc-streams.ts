import type { Channel } from '@bulkhead/protocol';
import type { Client } from '@grpc/grpc-js';
import type { GrpcEndpoint } from '../launcher/running-instance.ts';
import type { ByteStream } from './byte-stream.ts';
import { GrpcChannel, type PieceCall } from './grpc-channel.ts';
import { grpcClient, grpcOf, listens } from './grpc-client.ts';
import { grpcLoss } from './grpc-loss.ts';

/** See the protocol, "gRPC". */
const SERVICE = 'bulkhead.plugin.v1.Frames';

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
    const grpc = grpcOf(endpoint);
    this.#client = grpcClient(grpc, `unix:${endpoint.path}`, grpc.credentials.createInsecure());
    void endpoint.gone.then(() => this.#gone.abort());
    this.data = this.#channel('Data');
    this.control = this.#channel('Control');
  }

  #channel(method: string): GrpcChannel {
    this.#open += 1;
    return new GrpcChannel({
      call: async (signal) => await this.#call(method, signal),
      explain: async (error) =>
        await grpcLoss(error, this.#endpoint, { plugin: this.#plugin, service: SERVICE, isMet: this.#met > 0 }),
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
}
