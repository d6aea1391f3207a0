import type { HostMessage } from '@bulkhead/protocol';
import type { CallReceiver } from './call-receiver.ts';
import { CallLeases, type LeaseHandler, readAcquire, TAKEN_BACK } from './call-leases.ts';
import { type HostCallHandler, HostCalls, readHostCall } from './host-calls.ts';

/** Who does what a plugin asks for. */
export interface RequestHandlers {
  /** Runs what the plugin calls of other plugins. */
  readonly hostCall: HostCallHandler<CallReceiver>;
  /** Waits for the resources that the plugin asks for. */
  readonly lease: LeaseHandler<CallReceiver>;
  /** Resolves when the plugin's process has ended: its code may outlive the connection. */
  readonly gone: Promise<unknown>;
}

/** What the plugin of one session asks of the host, each as a part of the call that it asks in. */
export class PluginRequests {
  readonly #handlers: RequestHandlers;
  readonly #calls: ReadonlyMap<number, CallReceiver>;
  readonly #running: HostCalls;
  readonly #leases: CallLeases<CallReceiver>;
  /** Calls that nobody waits for any more, and that the plugin has not answered. */
  readonly #givenUp = new Set<number>();

  /** @param calls those that the plugin has not answered */
  constructor(
    send: (message: HostMessage) => void,
    handlers: RequestHandlers,
    calls: ReadonlyMap<number, CallReceiver>,
  ) {
    this.#handlers = handlers;
    this.#calls = calls;
    this.#running = new HostCalls(send);
    this.#leases = new CallLeases(handlers.lease, handlers.gone);
  }

  /** @returns what is wrong with it, if anything. */
  hostCall(message: readonly [kind: number, id: number, ...unknown[]]): string | undefined {
    const request = readHostCall(message);
    if (request === undefined) return 'a HOST_CALL is not as the protocol says';
    this.#begin(message[1], request.call, (caller, signal) => this.#handlers.hostCall(caller, request, signal));
    return undefined;
  }

  /** @returns what is wrong with it, if anything. */
  acquire(message: readonly [kind: number, id: number, ...unknown[]]): string | undefined {
    const request = readAcquire(message);
    if (request === undefined) return 'an ACQUIRE is not as the protocol says';
    const id = message[1];
    const { call } = request;
    this.#begin(id, call, (caller, signal) => this.#leases.acquire(id, call, caller, request, signal));
    return undefined;
  }

  /** @returns what is wrong with it, if anything. */
  release(id: number, call: unknown): string | undefined {
    if (typeof call !== 'number') return 'a RELEASE is not as the protocol says';
    this.#running.takeBack(id, call, TAKEN_BACK);
    this.#leases.release(id, call);
    return undefined;
  }

  /** The host does not want the call any more. It may run on, and keeps what it has. */
  givenUp(call: number): void {
    this.#givenUp.add(call);
    this.#running.end(call);
  }

  /** Nobody waits for the call any more, or it was lost with the connection. */
  over(call: number): void {
    this.#givenUp.delete(call);
    this.#running.end(call);
  }

  /** The plugin has said its last word on the call, which is `over`: what that held is free. */
  answered(call: number): void {
    this.#leases.end(call);
  }

  #begin(id: number, call: number, run: (caller: CallReceiver, signal: AbortSignal) => Promise<unknown>): void {
    const caller = this.#calls.get(call);
    if (caller !== undefined) this.#running.begin(id, call, this.#givenUp.has(call), (signal) => run(caller, signal));
  }
}
