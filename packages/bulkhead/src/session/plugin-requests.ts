import { Kind, MOST_REQUESTS_OF_CALL } from '@bulkhead/protocol';
import { BulkheadError } from '../errors/bulkhead-error.ts';
import { CallLeases, type LeaseHandler, readAcquire, TAKEN_BACK } from './call-leases.ts';
import type { CallReceiver } from './call-receiver.ts';
import { type HostCallHandler, HostCalls, readHostCall } from './host-calls.ts';
import type { Conversation, MessageHandlers, SessionPart } from './session-part.ts';

/** Does what a plugin asks for. */
export interface RequestHandlers {
  /** Runs what the plugin calls of other plugins. */
  readonly hostCall: HostCallHandler<CallReceiver>;
  /** Waits for the resources that the plugin asks for. */
  readonly lease: LeaseHandler<CallReceiver>;
  /** Resolves when the plugin's process has ended: its code may outlive the connection. */
  readonly gone: Promise<unknown>;
}

/** What the plugin of one session asks of the host, each as a part of the call that it asks in. */
export class PluginRequests implements SessionPart {
  readonly handles: MessageHandlers = {
    [Kind.HostCall]: (message) => this.#hostCall(message),
    [Kind.Acquire]: (message) => this.#acquire(message),
    [Kind.Release]: ([, id, call]) => this.#release(id, call),
  };
  readonly #conversation: Conversation;
  readonly #handlers: RequestHandlers;
  readonly #running: HostCalls;
  readonly #leases: CallLeases<CallReceiver>;
  /** Calls that the host wants no more, and that the plugin has not answered. */
  readonly #givenUp = new Set<number>();
  /** Refusals that the channel has not taken yet. */
  #unreadRefusals = 0;

  constructor(conversation: Conversation, handlers: RequestHandlers) {
    this.#conversation = conversation;
    this.#handlers = handlers;
    this.#running = new HostCalls(conversation);
    this.#leases = new CallLeases(handlers.lease, handlers.gone);
  }

  givenUp(call: number): void {
    this.#givenUp.add(call);
    this.#running.end(call);
  }

  over(call: number): void {
    this.#givenUp.delete(call);
    this.#running.end(call);
  }

  answered(call: number): void {
    this.#leases.end(call);
  }

  #hostCall(message: readonly [kind: number, id: number, ...unknown[]]): string | undefined {
    const request = readHostCall(message);
    if (request === undefined) return 'a HOST_CALL is not as the protocol says';
    return this.#begin(message[1], request.call, (caller, signal) => this.#handlers.hostCall(caller, request, signal));
  }

  #acquire(message: readonly [kind: number, id: number, ...unknown[]]): string | undefined {
    const request = readAcquire(message);
    if (request === undefined) return 'an ACQUIRE is not as the protocol says';
    const id = message[1];
    const { call } = request;
    return this.#begin(id, call, (caller, signal) => this.#leases.acquire(id, call, caller, request, signal));
  }

  #release(id: number, call: unknown): string | undefined {
    if (typeof call !== 'number') return 'a RELEASE is not as the protocol says';
    this.#conversation.calls.get(call)?.touch?.();
    this.#running.takeBack(id, call, TAKEN_BACK);
    this.#leases.release(id, call);
    return undefined;
  }

  #begin(
    id: number,
    call: number,
    run: (caller: CallReceiver, signal: AbortSignal) => Promise<unknown>,
  ): string | undefined {
    const caller = this.#conversation.calls.get(call);
    if (caller === undefined) return undefined;
    if (this.#running.count(call) + this.#leases.count(call) >= MOST_REQUESTS_OF_CALL)
      return this.#refuse(id, caller.action);
    caller.touch?.();
    const goOn = (): void => caller.touch?.(); // with the answer
    this.#running.begin(id, call, this.#givenUp.has(call), (signal) => run(caller, signal).finally(goOn));
    return undefined;
  }

  #refuse(id: number, action: string): string | undefined {
    if (this.#unreadRefusals >= MOST_REQUESTS_OF_CALL)
      return `it asks for more than ${MOST_REQUESTS_OF_CALL} things at the same time, and reads none of the refusals`;
    const { plugin } = this.#conversation;
    this.#running.refuse(id, new BulkheadError('TOO_MANY_REQUESTS', { plugin, action, most: MOST_REQUESTS_OF_CALL }));
    this.#unreadRefusals += 1;
    if (this.#unreadRefusals === 1) void this.#conversation.writable.then(() => (this.#unreadRefusals = 0));
    return undefined;
  }
}
