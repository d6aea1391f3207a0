import type { Buffer } from 'node:buffer';
import { TooManyValuesError } from '@bulkhead/protocol';
import type { Answer, CallCodec, CodedCall, InputCodec, WrittenCall } from './call-codec.ts';
import type { ExecuteResponse, TypedAction, TypedClient } from './contract.ts';
import { fromData, toData } from './data.ts';

/** Calls of the typed service: whatever the action, by Execute or ExecuteStream. */
export class ExecuteCodec implements CallCodec {
  readonly codes = { NOT_FOUND: 'ACTION_UNKNOWN' };
  readonly #client: TypedClient;
  readonly #isMsgpack: boolean;
  readonly #actions: Readonly<Record<string, TypedAction>>;
  readonly #values: number;

  /** @param values that an answer may hold */
  constructor(client: TypedClient, isMsgpack: boolean, actions: Readonly<Record<string, TypedAction>>, values: number) {
    this.#client = client;
    this.#isMsgpack = isMsgpack;
    this.#actions = actions;
    this.#values = values;
  }

  get actions(): readonly string[] {
    return Object.keys(this.#actions);
  }

  /** The plugin says itself that there is no such action: it may have more than it has described. */
  write({ id, action, input, timeout, streams }: CodedCall): WrittenCall {
    const isStream = Object.hasOwn(this.#actions, action) && this.#actions[action]?.stream === true;
    const request = { call: id, action, input: toData(input, this.#isMsgpack), timeoutMs: timeout ?? 0 };
    if (streams.length > 0) {
      const places = streams.map((key) => (key === null ? {} : { key }));
      const bytes = this.#client.write('ExecuteInput', { request: { ...request, streams: places } });
      return { path: this.#client.path('ExecuteInput'), bytes, isStream };
    }
    const method = isStream ? 'ExecuteStream' : 'Execute';
    return { path: this.#client.path(method), bytes: this.#client.write(method, request), isStream };
  }

  read(_action: string, answer: Buffer): Answer {
    try {
      const { result, failure }: ExecuteResponse = this.#client.read('Execute', answer);
      return failure === null || failure === undefined ? { result: fromData(result, this.#values) } : { failure };
    } catch (cause) {
      if (cause instanceof TooManyValuesError) throw cause;
      throw new Error(`it is no bulkhead.plugin.v1.ExecuteResponse: ${(cause as Error).message}`, { cause });
    }
  }

  readonly input: InputCodec = {
    chunk: (stream, value) => {
      const chunk = { stream, chunk: toData(value, this.#isMsgpack) };
      return this.#client.write('ExecuteInput', { chunk });
    },
    end: (stream) => this.#client.write('ExecuteInput', { end: { stream } }),
  };

  readonly cancel = async (id: number): Promise<unknown> => await this.#client.ask('Cancel', { call: id });
}
