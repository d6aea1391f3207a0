import { type HelloPayload, PROTOCOL_RANGE } from '@bulkhead/protocol';
import type { LoadedContract } from '../../launcher/running-instance.ts';
import type { ContractParts, ServedContract, ServedReady } from '../typed/served-contract.ts';
import { ProtoCodec } from './proto-codec.ts';

const HELLO: HelloPayload = {
  protocol: PROTOCOL_RANGE,
  features: ['cancel', 'streams', 'concurrency'],
  sdk: { name: 'none', version: '-' },
  language: { name: 'unknown', version: '-' },
  environment: '',
};

/** Whatever service a .proto file of the plugin describes. It knows nothing of Bulkhead: there is no more to it than its methods. */
export class ProtoContract implements ServedContract {
  readonly service: string;
  readonly #parts: ContractParts;
  readonly #codec: ProtoCodec;

  constructor(loaded: LoadedContract, parts: ContractParts) {
    this.#parts = parts;
    this.#codec = new ProtoCodec(loaded);
    this.service = this.#codec.services.join(', ');
  }

  /** No method may be called only to see whether it is there. */
  async greet(): Promise<HelloPayload> {
    const { client, health } = this.#parts;
    await client.isServing(health);
    return HELLO;
  }

  initialize(): Promise<ServedReady> {
    const codec = this.#codec;
    return Promise.resolve({ ready: { metadata: {}, actions: codec.descriptions }, codec });
  }

  answer(): void {}

  fail(): void {}

  cleanup(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  close(): void {}
}
