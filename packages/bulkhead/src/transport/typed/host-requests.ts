import type { Buffer } from 'node:buffer';
import { Kind, type PluginMessage, type RemoteFailure } from '@bulkhead/protocol';
import type { ClientDuplexStream } from '@grpc/grpc-js';
import type { TypedClient } from './contract.ts';
import { fromData, fromStruct, toData } from './data.ts';
import type { ContractParts } from './served-contract.ts';

const LEVELS: Readonly<Record<string, 'debug' | 'info' | 'warn' | 'error'>> = {
  LEVEL_DEBUG: 'debug',
  LEVEL_WARN: 'warn',
  LEVEL_ERROR: 'error',
};

/** What a plugin that serves the typed service says and asks of its own accord. */
export class HostRequests {
  readonly #client: TypedClient;
  readonly #isMsgpack: boolean;
  readonly #values: number;
  readonly #call: ClientDuplexStream<Buffer, Buffer>;

  constructor(client: TypedClient, isMsgpack: boolean, { values, deliver, invalid }: ContractParts) {
    this.#client = client;
    this.#isMsgpack = isMsgpack;
    this.#values = values;
    this.#call = client.calls.both(client.path('Host'));
    this.#call.on('error', () => undefined); // it may need none of this, or is gone, which others find out
    this.#call.on('data', (bytes: Buffer) => {
      let messages: readonly PluginMessage[];
      try {
        messages = this.#read(bytes);
      } catch (cause) {
        return invalid(new Error(`it is no bulkhead.plugin.v1.HostMessage: ${(cause as Error).message}`));
      }
      messages.forEach(deliver);
    });
  }

  /** @throws CodecError */
  answer(id: number, value: unknown): void {
    this.#call.write(this.#client.write('Host', { id, result: toData(value, this.#isMsgpack) }));
  }

  fail(id: number, { code, message, type, traceback }: RemoteFailure): void {
    const failure = { code, message, type: type ?? '', traceback: traceback ?? '' };
    this.#call.write(this.#client.write('Host', { id, failure }));
  }

  close(): void {
    this.#call.cancel();
  }

  #read(bytes: Buffer): PluginMessage[] {
    const { call, log, progress, acquire, release } = this.#client.read('Host', bytes);
    const messages: PluginMessage[] = [];
    if (call) {
      const { id = 0, call: running = 0, plugin = '', action = 'execute', timeoutMs, traceparent } = call;
      const options = { ...(timeoutMs ? { timeout: timeoutMs } : {}), ...(traceparent ? { traceparent } : {}) };
      messages.push([Kind.HostCall, id, running, plugin, action, fromData(call.input, this.#values), options]);
    }
    if (acquire) {
      const { id = 0, call: running = 0, name = '', timeoutMs, shared, amount, priority, ttlMs } = acquire;
      const options = {
        ...(timeoutMs ? { timeout: timeoutMs } : {}),
        ...(shared ? ({ mode: 'shared' } as const) : {}),
        ...(amount ? { amount } : {}),
        ...(priority === undefined ? {} : { priority }),
        ...(ttlMs ? { ttl: ttlMs } : {}),
      };
      messages.push([Kind.Acquire, id, running, name, options]);
    }
    if (release) messages.push([Kind.Release, release.id ?? 0, release.call ?? 0]);
    if (log) {
      const fields = log.fields ? { fields: fromStruct(log.fields) } : {};
      const level = LEVELS[log.level ?? ''] ?? 'info';
      messages.push([Kind.Log, log.call ?? 0, { level, message: log.message ?? '', ...fields }]);
    }
    if (progress) {
      const { call: running = 0, fraction, message } = progress;
      const said = { ...(fraction === undefined ? {} : { fraction }), ...(message ? { message } : {}) };
      messages.push([Kind.Progress, running, said]);
    }
    return messages;
  }
}
