import { Buffer } from 'node:buffer';
import type {
  CallOptions,
  Client,
  ClientDuplexStream,
  ClientReadableStream,
  ClientUnaryCall,
  Metadata,
  ServiceError,
} from '@grpc/grpc-js';

const HEALTH = '/grpc.health.v1.Health/Check';
/** Statuses. */
const NOT_FOUND = 5;
const UNIMPLEMENTED = 12;

export interface BytesCall extends CallOptions {
  readonly metadata?: Metadata;
}

export type Answered = (error: ServiceError | null, answer?: Buffer) => void;

/** Calls methods by their path. Messages stay bytes, so that who takes one can say what is wrong with it. */
export class BytesClient {
  readonly #client: Client;

  constructor(client: Client) {
    this.#client = client;
  }

  /** @throws ServiceError */
  ask(path: string, request: Buffer): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      this.unary(path, request, {}, (error, answer) =>
        error === null ? resolve(answer ?? Buffer.alloc(0)) : reject(error),
      );
    });
  }

  unary(path: string, request: Buffer, { metadata, ...options }: BytesCall, done: Answered): ClientUnaryCall {
    return metadata === undefined
      ? this.#client.makeUnaryRequest(path, same, same, request, options, done)
      : this.#client.makeUnaryRequest(path, same, same, request, metadata, options, done);
  }

  stream(path: string, request: Buffer, { metadata, ...options }: BytesCall = {}): ClientReadableStream<Buffer> {
    return metadata === undefined
      ? this.#client.makeServerStreamRequest(path, same, same, request, options)
      : this.#client.makeServerStreamRequest(path, same, same, request, metadata, options);
  }

  both(path: string, { metadata, ...options }: BytesCall = {}): ClientDuplexStream<Buffer, Buffer> {
    return metadata === undefined
      ? this.#client.makeBidiStreamRequest(path, same, same, options)
      : this.#client.makeBidiStreamRequest(path, same, same, metadata, options);
  }

  /**
   * @param service empty: the server as a whole
   * @returns whether it serves; a server need not offer that, or may know only of other services. @throws ServiceError
   */
  async isServing(service: string): Promise<boolean> {
    const named = Buffer.from(service);
    const request = named.length === 0 ? named : Buffer.concat([Buffer.from([0x0a, named.length]), named]); // field 1
    const answer = await this.ask(HEALTH, request).catch((error: ServiceError) => {
      if (error.code !== NOT_FOUND && error.code !== UNIMPLEMENTED) throw error;
      return undefined;
    });
    if (answer === undefined) return true;
    const [tag, status] = answer;
    return tag === 0x08 && status === 1; // field 1: SERVING
  }

  close(): void {
    this.#client.close();
  }
}

function same(bytes: Buffer): Buffer {
  return bytes;
}
