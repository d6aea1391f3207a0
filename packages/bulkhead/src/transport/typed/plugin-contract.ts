import type { ActionDescription, HelloPayload, RemoteFailure, WelcomePayload } from '@bulkhead/protocol';
import { isRecord } from '../../lifecycle/is-record.ts';
import { SERVICE, type TypedAction, TypedClient } from './contract.ts';
import { fromData, fromStruct, toData } from './data.ts';
import { ExecuteCodec } from './execute-codec.ts';
import { HostRequests } from './host-requests.ts';
import type { ContractParts, ServedContract, ServedReady } from './served-contract.ts';

/** Of plugin.proto. */
const PROTOCOL = 1;
const FEATURES = ['cancel', 'progress', 'streams', 'host_calls', 'concurrency'];

/** The typed service of plugin.proto. */
export class PluginContract implements ServedContract {
  readonly service: string = SERVICE;
  readonly #parts: ContractParts;
  readonly #client: TypedClient;
  #isMsgpack = false;
  #requests: HostRequests | undefined;

  constructor(definition: object, parts: ContractParts) {
    this.#parts = parts;
    this.#client = new TypedClient(parts.client, definition);
  }

  async greet(): Promise<HelloPayload> {
    const { plugin, generation } = this.#parts;
    const said = await this.#client.ask('Handshake', { protocol: PROTOCOL, plugin, generation });
    this.#isMsgpack = said.encoding === 'ENCODING_MSGPACK';
    const protocol = said.protocol ?? 0;
    return {
      protocol: [protocol, protocol],
      features: FEATURES,
      sdk: { name: SERVICE, version: String(protocol) },
      language: { name: said.language || 'unknown', version: said.languageVersion || '-' },
      environment: '',
    };
  }

  async initialize({ configuration, concurrency }: WelcomePayload): Promise<ServedReady> {
    const { deliver, invalid } = this.#parts;
    // Before the plugin can be ready: else one whose host is killed at that moment would never hear of its end.
    this.#requests = new HostRequests(this.#client, this.#isMsgpack, deliver, invalid);
    const request = { configuration: toData(configuration, this.#isMsgpack), concurrency };
    const { actions = {}, metadata } = await this.#client.ask('Initialize', request);
    const said = fromData(metadata);
    const descriptions = Object.entries(actions).map(([name, action]) => [name, descriptionOf(action)] as const);
    return {
      ready: { metadata: isRecord(said) ? said : {}, actions: Object.fromEntries(descriptions) },
      codec: new ExecuteCodec(this.#client, this.#isMsgpack, actions),
    };
  }

  answer(id: number, value: unknown): void {
    this.#requests?.answer(id, value);
  }

  fail(id: number, failure: RemoteFailure): void {
    this.#requests?.fail(id, failure);
  }

  async cleanup(): Promise<unknown> {
    return await this.#client.ask('Cleanup', {});
  }

  close(): void {
    this.#requests?.close();
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
