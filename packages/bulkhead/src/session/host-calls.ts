import { BodyTooLargeError, CodecError, FrameTooLargeError, type HostMessage, Kind } from '@bulkhead/protocol';
import { failureFromError } from '../errors/remote-failure.ts';
import { isRecord } from '../lifecycle/is-record.ts';
import { isName } from './is-name.ts';
import type { Conversation } from './session-part.ts';

/** A plugin asks for a call of another. */
export interface HostCallRequest {
  readonly plugin: string;
  readonly action: string;
  readonly input: unknown;
  /** Milliseconds, if the plugin set a limit of its own. */
  readonly timeout: number | undefined;
  /** If the plugin named another trace than that of its call. Not checked yet. */
  readonly trace: { readonly traceparent: unknown; readonly tracestate: unknown } | undefined;
}

/** Runs a request; the signal is aborted when the call that asks is over. */
export type HostCallHandler<Caller> = (
  caller: Caller,
  request: HostCallRequest,
  signal: AbortSignal,
) => Promise<unknown>;

/** The requests of a plugin in one session, HOST_CALL or ACQUIRE: each is part of the call that it was made in. */
export class HostCalls {
  readonly #conversation: Conversation;
  readonly #running = new Map<number, Map<number, AbortController>>();

  constructor(conversation: Conversation) {
    this.#conversation = conversation;
  }

  /** Requests of a call that were not answered, or whose answers the plugin leaves unread. */
  count(call: number): number {
    return this.#running.get(call)?.size ?? 0;
  }

  /** Runs a request and answers it. @param isOver the call was given up: the request is cancelled before it begins */
  begin(id: number, call: number, isOver: boolean, run: (signal: AbortSignal) => Promise<unknown>): void {
    const controller = new AbortController();
    if (isOver) controller.abort();
    const siblings = this.#running.get(call) ?? new Map<number, AbortController>();
    this.#running.set(call, siblings.set(id, controller));
    void this.#run(id, run, controller.signal).finally(() => {
      siblings.delete(id);
      if (siblings.size === 0 && this.#running.get(call) === siblings) this.#running.delete(call);
    });
  }

  /** Answers a request that the host does not run. */
  refuse(id: number, error: Error): void {
    this.#answer([Kind.HostFailure, id, failureFromError(error)]);
  }

  /** The call is over, and its requests with it. */
  end(call: number): void {
    const controllers = this.#running.get(call);
    if (controllers === undefined) return;
    this.#running.delete(call);
    for (const controller of controllers.values()) controller.abort();
  }

  /** The plugin takes this request back; its call goes on. */
  takeBack(id: number, call: number, reason: Error): void {
    this.#running.get(call)?.get(id)?.abort(reason);
  }

  /** A request is in flight until the channel has taken its answer: a plugin that reads none can't ask for ever more. */
  async #run(id: number, run: (signal: AbortSignal) => Promise<unknown>, signal: AbortSignal): Promise<void> {
    try {
      const value = await run(signal);
      this.#answer([Kind.HostResult, id, value]);
    } catch (error) {
      this.#answer([Kind.HostFailure, id, failureFromError(error)]);
    }
    await this.#conversation.writable;
  }

  #answer(message: HostMessage): void {
    try {
      this.#conversation.send(message);
    } catch (error) {
      // An answer that can't be sent is a failure, which is small.
      const isTooLarge = error instanceof FrameTooLargeError || error instanceof BodyTooLargeError;
      const code = isTooLarge ? 'RESULT_TOO_LARGE' : error instanceof CodecError ? 'RESULT_NOT_ENCODABLE' : 'INTERNAL';
      this.#conversation.send([Kind.HostFailure, message[1], { code, message: (error as Error).message }]);
    }
  }
}

/** `[13, id, call, plugin, action, input, options]`; undefined when it is not of that shape. */
export function readHostCall(message: readonly unknown[]): (HostCallRequest & { readonly call: number }) | undefined {
  const [, , call, plugin, action, input, options] = message;
  if (typeof call !== 'number' || !isName(plugin) || !isName(action)) return undefined;
  const { timeout, traceparent, tracestate } = isRecord(options) ? options : {};
  const isLimit = typeof timeout === 'number' && timeout > 0 && timeout <= 2 ** 31 - 1;
  const trace = traceparent === undefined && tracestate === undefined ? undefined : { traceparent, tracestate };
  return { call, plugin, action, input, timeout: isLimit ? timeout : undefined, trace };
}
