import { BodyTooLargeError, CodecError, FrameTooLargeError, type HostMessage, Kind } from '@bulkhead/protocol';
import { failureFromError } from '../errors/remote-failure.ts';
import { isRecord } from '../lifecycle/is-record.ts';

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

/** What a plugin has asked of the host in one session, HOST_CALL or ACQUIRE: each a part of the call that it was asked in. */
export class HostCalls {
  readonly #send: (message: HostMessage) => void;
  readonly #running = new Map<number, Map<number, AbortController>>();

  constructor(send: (message: HostMessage) => void) {
    this.#send = send;
  }

  /** Answers by what `run` comes to. @param isOver the call was given up: nothing is begun for it any more */
  begin(id: number, call: number, isOver: boolean, run: (signal: AbortSignal) => Promise<unknown>): void {
    const controller = new AbortController();
    if (isOver) controller.abort();
    const siblings = this.#running.get(call) ?? new Map<number, AbortController>();
    this.#running.set(call, siblings.set(id, controller));
    void this.#run(run, controller.signal)
      .then(
        (value) => this.#answer([Kind.HostResult, id, value]),
        (error: unknown) => this.#answer([Kind.HostFailure, id, failureFromError(error)]),
      )
      .finally(() => {
        siblings.delete(id);
        if (siblings.size === 0 && this.#running.get(call) === siblings) this.#running.delete(call);
      });
  }

  /** The call is over: nobody waits any more for what was called in it. */
  end(call: number): void {
    const controllers = this.#running.get(call);
    if (controllers === undefined) return;
    this.#running.delete(call);
    for (const controller of controllers.values()) controller.abort();
  }

  /** The plugin does not wait for this one any more, whose call goes on. */
  takeBack(id: number, call: number, reason: Error): void {
    this.#running.get(call)?.get(id)?.abort(reason);
  }

  async #run(run: (signal: AbortSignal) => Promise<unknown>, signal: AbortSignal): Promise<unknown> {
    return await run(signal);
  }

  #answer(message: HostMessage): void {
    try {
      this.#send(message);
    } catch (error) {
      if (!(error instanceof CodecError)) throw error;
      // An answer that this plugin's limits refuse is a failure, which is small.
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
