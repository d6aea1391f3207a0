import { Buffer } from 'node:buffer';
import type {
  CallOptions,
  Client,
  ClientDuplexStream,
  ClientReadableStream,
  ClientUnaryCall,
  ServiceError,
} from '@grpc/grpc-js';
import type { MethodDefinition, PackageDefinition } from '@grpc/proto-loader';
import type { JsonStruct, TypedData } from './data.ts';

/** See plugin.proto in the package of the protocol. */
export const SERVICE = 'bulkhead.plugin.v1.Plugin';

export interface Messages {
  readonly Handshake: [
    { protocol: number; plugin: string; generation: number },
    { protocol?: number; encoding?: string; language?: string; languageVersion?: string },
  ];
  readonly Initialize: [
    { configuration: TypedData; concurrency: number },
    { actions?: Readonly<Record<string, TypedAction>>; metadata?: TypedData },
  ];
  readonly Execute: [ExecuteRequest, ExecuteResponse];
  readonly ExecuteStream: [ExecuteRequest, ExecuteResponse];
  readonly Cancel: [{ call: number }, object];
  readonly Cleanup: [object, object];
  readonly Host: [HostAnswer, TypedHostMessage];
}

export interface TypedAction {
  readonly description?: string;
  readonly stream?: boolean;
  readonly idempotent?: boolean;
  readonly inputSchema?: JsonStruct;
  readonly outputSchema?: JsonStruct;
}

interface ExecuteRequest {
  readonly call: number;
  readonly action: string;
  readonly input: TypedData;
  readonly timeoutMs: number;
}

export interface ExecuteResponse {
  readonly result?: TypedData;
  readonly failure?: TypedFailure;
}

export interface TypedFailure {
  readonly code?: string;
  readonly message?: string;
  readonly type?: string;
  readonly traceback?: string;
}

export interface HostAnswer extends ExecuteResponse {
  readonly id: number;
}

export interface TypedHostMessage {
  readonly call?: {
    readonly id?: number;
    readonly call?: number;
    readonly plugin?: string;
    readonly action?: string;
    readonly input?: TypedData;
    readonly timeoutMs?: number;
  };
  readonly log?: {
    readonly level?: string;
    readonly message?: string;
    readonly call?: number;
    readonly fields?: JsonStruct;
  };
  readonly progress?: { readonly call?: number; readonly fraction?: number; readonly message?: string };
}

type Name = keyof Messages;
type Request<Method extends Name> = Messages[Method][0];
type Response<Method extends Name> = Messages[Method][1];

const HEALTH = '/grpc.health.v1.Health/Check';

/** The typed service as a client calls it. What arrives is left as bytes, so that who takes it can say what is wrong with it. */
export class TypedClient {
  readonly #client: Client;
  readonly #methods: Readonly<Record<string, unknown>>;

  constructor(client: Client, definition: object) {
    this.#client = client;
    this.#methods = (definition as PackageDefinition)[SERVICE] as unknown as Readonly<Record<string, unknown>>;
  }

  write<Method extends Name>(name: Method, request: Request<Method>): Buffer {
    return this.#method(name).requestSerialize(request);
  }

  /** @throws Error */
  read<Method extends Name>(name: Method, bytes: Buffer): Response<Method> {
    return this.#method(name).responseDeserialize(bytes) as Response<Method>;
  }

  /** @throws ServiceError, Error */
  async ask<Method extends Name>(name: Method, request: Request<Method>): Promise<Response<Method>> {
    return this.read(name, await this.#ask(this.#method(name).path, this.write(name, request)));
  }

  unary(name: 'Execute', bytes: Buffer, options: CallOptions, done: Answered): ClientUnaryCall {
    return this.#client.makeUnaryRequest(this.#method(name).path, same, same, bytes, options, done);
  }

  stream(name: 'ExecuteStream', bytes: Buffer, options: CallOptions): ClientReadableStream<Buffer> {
    return this.#client.makeServerStreamRequest(this.#method(name).path, same, same, bytes, options);
  }

  both(name: 'Host'): ClientDuplexStream<Buffer, Buffer> {
    return this.#client.makeBidiStreamRequest(this.#method(name).path, same, same);
  }

  /** @returns whether it says that it serves. @throws ServiceError */
  async isServing(): Promise<boolean> {
    const [tag, status] = await this.#ask(HEALTH, Buffer.alloc(0));
    return tag === 0x08 && status === 1; // field 1: SERVING
  }

  close(): void {
    this.#client.close();
  }

  #ask(path: string, bytes: Buffer): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      this.#client.makeUnaryRequest(path, same, same, bytes, (error: ServiceError | null, answer?: Buffer) =>
        error === null ? resolve(answer ?? Buffer.alloc(0)) : reject(error),
      );
    });
  }

  #method(name: Name): MethodDefinition<object, object> {
    return this.#methods[name] as MethodDefinition<object, object>;
  }
}

export type Answered = (error: ServiceError | null, answer?: Buffer) => void;

function same(bytes: Buffer): Buffer {
  return bytes;
}
