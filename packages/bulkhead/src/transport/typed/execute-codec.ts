import type { Buffer } from 'node:buffer';
import type { Answer, CallCodec, CodedCall, WrittenCall } from './call-codec.ts';
import type { ExecuteResponse, TypedAction, TypedClient } from './contract.ts';
import { fromData, toData } from './data.ts';

/** Calls of the typed service: whatever the action, by Execute or ExecuteStream. */
export class ExecuteCodec implements CallCodec {
  readonly codes = { NOT_FOUND: 'ACTION_UNKNOWN' };
  readonly #client: TypedClient;
  readonly #isMsgpack: boolean;
  readonly #actions: Readonly<Record<string, TypedAction>>;

  constructor(client: TypedClient, isMsgpack: boolean, actions: Readonly<Record<string, TypedAction>>) {
    this.#client = client;
    this.#isMsgpack = isMsgpack;
    this.#actions = actions;
  }

  get actions(): readonly string[] {
    return Object.keys(this.#actions);
  }

  /** The plugin says itself that there is no such action: it may have more than it has described. */
  write({ id, action, input, timeout }: CodedCall): WrittenCall {
    const isStream = Object.hasOwn(this.#actions, action) && this.#actions[action]?.stream === true;
    const method = isStream ? 'ExecuteStream' : 'Execute';
    const request = { call: id, action, input: toData(input, this.#isMsgpack), timeoutMs: timeout ?? 0 };
    return { path: this.#client.path(method), bytes: this.#client.write(method, request), isStream };
  }

  read(_action: string, answer: Buffer): Answer {
    try {
      const { result, failure }: ExecuteResponse = this.#client.read('Execute', answer);
      return failure === null || failure === undefined ? { result: fromData(result) } : { failure };
    } catch (cause) {
      throw new Error(`it is no bulkhead.plugin.v1.ExecuteResponse: ${(cause as Error).message}`, { cause });
    }
  }

  readonly cancel = async (id: number): Promise<unknown> => await this.#client.ask('Cancel', { call: id });
}
