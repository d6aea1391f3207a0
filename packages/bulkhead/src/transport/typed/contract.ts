import type { Buffer } from 'node:buffer';
import type { MethodDefinition, PackageDefinition } from '@grpc/proto-loader';
import type { BytesClient } from './bytes-client.ts';
import type { JsonStruct, TypedData } from './data.ts';

/** See plugin.proto in the package of the protocol. */
export const SERVICE = 'bulkhead.plugin.v1.Plugin';

export interface Messages {
  readonly Handshake: [
    { protocol: number; plugin: string; generation: number },
    { protocol?: number; encoding?: string; language?: string; languageVersion?: string; inputStreams?: boolean },
  ];
  readonly Initialize: [
    { configuration: TypedData; concurrency: number },
    {
      actions?: Readonly<Record<string, TypedAction>>;
      metadata?: TypedData;
      hooks?: readonly TypedHook[];
    },
  ];
  readonly Execute: [ExecuteRequest, ExecuteResponse];
  readonly ExecuteStream: [ExecuteRequest, ExecuteResponse];
  readonly ExecuteInput: [InputMessage, ExecuteResponse];
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

export interface TypedHook {
  readonly event?: string;
  readonly name?: string;
  readonly priority?: number;
  readonly mode?: string;
  readonly before?: readonly string[];
  readonly after?: readonly string[];
  readonly timeoutMs?: number;
  readonly onError?: string;
}

interface ExecuteRequest {
  readonly call: number;
  readonly action: string;
  readonly input: TypedData;
  readonly timeoutMs: number;
  readonly streams?: readonly { readonly key?: string }[];
}

type InputMessage =
  | { readonly request: ExecuteRequest }
  | { readonly chunk: { readonly stream: number; readonly chunk: TypedData } }
  | { readonly end: { readonly stream: number } };

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
    readonly traceparent?: string;
  };
  readonly acquire?: {
    readonly id?: number;
    readonly call?: number;
    readonly name?: string;
    readonly timeoutMs?: number;
    readonly shared?: boolean;
    readonly amount?: number;
    readonly priority?: number;
    readonly ttlMs?: number;
  };
  readonly release?: { readonly id?: number; readonly call?: number };
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

/** The typed service as a client calls it. */
export class TypedClient {
  readonly calls: BytesClient;
  readonly #methods: Readonly<Record<string, unknown>>;

  constructor(calls: BytesClient, definition: object) {
    this.calls = calls;
    this.#methods = (definition as PackageDefinition)[SERVICE] as unknown as Readonly<Record<string, unknown>>;
  }

  path(name: Name): string {
    return this.#method(name).path;
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
    return this.read(name, await this.calls.ask(this.path(name), this.write(name, request)));
  }

  #method(name: Name): MethodDefinition<object, object> {
    return this.#methods[name] as MethodDefinition<object, object>;
  }
}
