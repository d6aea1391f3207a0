import type { HelloPayload, PluginMessage, ReadyPayload, RemoteFailure, WelcomePayload } from '@bulkhead/protocol';
import type { BytesClient } from './bytes-client.ts';
import type { CallCodec } from './call-codec.ts';

/** The service that a plugin serves, as far as the transport needs it that plays the plugin's part of the conversation. */
export interface ServedContract {
  /** Its full name. */
  readonly service: string;
  /** The first call: whether something is there that speaks this. @throws ServiceError, Error */
  greet(): Promise<HelloPayload>;
  /** Called once, before any action. @throws ServiceError, Error */
  initialize(welcome: WelcomePayload): Promise<ServedReady>;
  /** To what the plugin has asked. @throws CodecError */
  answer(id: number, value: unknown): void;
  fail(id: number, failure: RemoteFailure): void;
  /** The last call, behind all others. @throws ServiceError */
  cleanup(): Promise<unknown>;
  close(): void;
}

export interface ServedReady {
  readonly ready: ReadyPayload;
  readonly codec: CallCodec;
}

/** What a contract works with. */
export interface ContractParts {
  readonly client: BytesClient;
  readonly plugin: string;
  readonly generation: number;
  /** That a message of the plugin may hold. */
  readonly values: number;
  /** The service that health checks ask for. */
  readonly health: string;
  readonly deliver: (message: PluginMessage) => void;
  /** Hears why a message of the plugin can't be read. */
  readonly invalid: (error: Error) => void;
}
