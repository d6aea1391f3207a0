import { GREETING_VALUES, type HelloPayload, type RemoteFailure, type WelcomePayload } from '@bulkhead/protocol';
import { isRecord } from '../../lifecycle/is-record.ts';
import { SERVICE, TypedClient } from './contract.ts';
import { fromData, toData } from './data.ts';
import { actionOf, hookOf } from './descriptions.ts';
import { ExecuteCodec } from './execute-codec.ts';
import { HostRequests } from './host-requests.ts';
import type { ContractParts, ServedContract, ServedReady } from './served-contract.ts';

/** Of plugin.proto. */
const PROTOCOL = 1;
const FEATURES = ['cancel', 'progress', 'streams', 'host_calls', 'concurrency', 'resources'];

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
      features: said.inputStreams === true ? [...FEATURES, 'input_streams'] : FEATURES,
      sdk: { name: SERVICE, version: String(protocol) },
      language: { name: said.language || 'unknown', version: said.languageVersion || '-' },
      environment: '',
    };
  }

  async initialize({ configuration, concurrency }: WelcomePayload): Promise<ServedReady> {
    // Before the plugin can be ready: else one whose host is killed at that moment would never hear of its end.
    this.#requests = new HostRequests(this.#client, this.#isMsgpack, this.#parts);
    const request = { configuration: toData(configuration, this.#isMsgpack), concurrency };
    const { actions = {}, metadata, hooks = [] } = await this.#client.ask('Initialize', request);
    const said = fromData(metadata, GREETING_VALUES);
    const descriptions = Object.entries(actions).map(([name, action]) => [name, actionOf(action)] as const);
    return {
      ready: {
        metadata: isRecord(said) ? said : {},
        actions: Object.fromEntries(descriptions),
        hooks: hooks.map(hookOf),
      },
      codec: new ExecuteCodec(this.#client, this.#isMsgpack, actions, this.#parts.values),
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
