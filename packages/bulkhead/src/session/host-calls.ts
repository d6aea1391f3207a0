import { BodyTooLargeError, CodecError, FrameTooLargeError, type HostMessage, Kind } from '@bulkhead/protocol';
import { failureFromError } from '../errors/remote-failure.ts';
import { isRecord } from './handshake.ts';

/** A plugin asks for a call of another. */
export interface HostCallRequest {
  readonly plugin: string;
  readonly action: string;
  readonly input: unknown;
  /** Milliseconds, if the plugin set a limit of its own. */
  readonly timeout: number | undefined;
}

/** Runs a request; the signal is aborted when the call that asks is over. */
export type HostCallHandler<Caller> = (
  caller: Caller,
  request: HostCallRequest,
  signal: AbortSignal,
) => Promise<unknown>;

/** The HOST_CALLs of one session that are under way, each as a part of the call that it was made in. */
export class HostCalls<Caller> {
  readonly #send: (message: HostMessage) => void;
  readonly #handler: HostCallHandler<Caller>;
  readonly #running = new Map<number, Set<AbortController>>();

  constructor(send: (message: HostMessage) => void, handler: HostCallHandler<Caller>) {
    this.#send = send;
    this.#handler = handler;
  }

  begin(id: number, call: number, caller: Caller, request: HostCallRequest): void {
    const controller = new AbortController();
    const siblings = this.#running.get(call) ?? new Set();
    this.#running.set(call, siblings.add(controller));
    void this.#run(caller, request, controller.signal)
      .then(
        (value) => this.#answer([Kind.HostResult, id, value]),
        (error: unknown) => this.#answer([Kind.HostFailure, id, failureFromError(error)]),
      )
      .finally(() => {
        siblings.delete(controller);
        if (siblings.size === 0 && this.#running.get(call) === siblings) this.#running.delete(call);
      });
  }

  /** The call is over: nobody waits any more for what was called in it. */
  end(call: number): void {
    const controllers = this.#running.get(call);
    if (controllers === undefined) return;
    this.#running.delete(call);
    for (const controller of controllers) controller.abort();
  }

  async #run(caller: Caller, request: HostCallRequest, signal: AbortSignal): Promise<unknown> {
    return await this.#handler(caller, request, signal);
  }

  #answer(message: HostMessage): void {
    try {
      this.#send(message);
    } catch (error) {
      // Closed, there is nobody to answer. An answer that this plugin's limits refuse is a failure, which is small.
      if (!(error instanceof CodecError)) return;
      const isTooLarge = error instanceof FrameTooLargeError || error instanceof BodyTooLargeError;
      const code = isTooLarge ? 'RESULT_TOO_LARGE' : 'RESULT_NOT_ENCODABLE';
      this.#answer([Kind.HostFailure, message[1], { code, message: error.message }]);
    }
  }
}

/** `[13, id, call, plugin, action, input, options]`; undefined when it is not of that shape. */
export function readHostCall(message: readonly unknown[]): (HostCallRequest & { readonly call: number }) | undefined {
  const [, , call, plugin, action, input, options] = message;
  if (typeof call !== 'number' || typeof plugin !== 'string' || typeof action !== 'string') return undefined;
  const timeout = isRecord(options) ? options['timeout'] : undefined;
  const isLimit = typeof timeout === 'number' && timeout > 0 && timeout <= 2 ** 31 - 1;
  return { call, plugin, action, input, timeout: isLimit ? timeout : undefined };
}
