import { Kind, type TraceContext } from '@bulkhead/protocol';
import type { Context, HostCallOptions, Lease, LockOptions, Log } from '../author/context.ts';
import { Cancelled } from '../author/errors.ts';
import type { ControlChannel } from '../wire/control-channel.ts';
import type { DataChannel } from '../wire/data-channel.ts';
import type { HostRequests } from './host-requests.ts';
import type { InputStreams } from './input-streams.ts';
import { logOf } from './log.ts';
import type { SendWindow } from './send-window.ts';
import { shown } from './shown.ts';

/** What calls share. */
export interface CallParts {
  readonly data: DataChannel;
  readonly control: ControlChannel;
  readonly requests: HostRequests;
}

/** One call of the host, from its arrival to its answer; what its code sees of it is its context. */
export class RunningCall {
  readonly id: number;
  readonly trace: TraceContext | undefined;
  readonly context: Context;
  inputs: InputStreams | undefined;
  window: SendWindow | undefined;
  /** Takes it out of the queue of those that wait for their turn. */
  leaveQueue: (() => void) | undefined;
  /** Whether it has said how far it has come. */
  hasProgress = false;
  readonly #parts: CallParts;
  readonly #timeout: number | undefined;
  readonly #began = performance.now();
  #controller: AbortController | undefined;
  #isCancelled = false;
  #isOver = false;

  constructor(id: number, timeout: number | undefined, trace: TraceContext | undefined, parts: CallParts) {
    this.id = id;
    this.trace = trace;
    this.#parts = parts;
    this.#timeout = timeout;
    this.context = new CallContext(this, logOf(parts.control, id));
  }

  get isCancelled(): boolean {
    return this.#isCancelled || (!this.#isOver && this.#parts.control.isCancelled(this.id));
  }

  /** The controller is made for those that ask: most calls don't. */
  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#isCancelled && !this.#controller.signal.aborted) this.#controller.abort(new Cancelled());
    return this.#controller.signal;
  }

  get deadline(): number | undefined {
    if (this.#timeout === undefined) return undefined;
    return Math.max(0, this.#began + this.#timeout - performance.now());
  }

  /** The host wants no answer any more: all that the call waits for fails. */
  cancel(): void {
    if (this.#isCancelled || this.#isOver) return;
    this.#isCancelled = true;
    const reason = new Cancelled();
    this.#parts.requests.giveUp(this.id);
    this.inputs?.abandon(reason);
    this.window?.credit(0);
    this.#controller?.abort(reason);
  }

  /** It was answered. */
  end(): void {
    this.#isOver = true;
    this.#parts.requests.giveUp(this.id);
    this.inputs?.abandon(new Error('the call is over'));
  }

  progress(fraction: number | undefined, message: string | undefined): void {
    if (fraction !== undefined && !(fraction >= 0 && fraction <= 1))
      throw new RangeError(`fraction has to be between 0 and 1, and is ${shown(fraction)}`);
    if (this.#isOver || !this.#parts.data.hasAgreed('progress')) return;
    this.hasProgress = true;
    this.#parts.control.send([
      Kind.Progress,
      this.id,
      {
        ...(fraction === undefined ? {} : { fraction }),
        ...(message === undefined ? {} : { message: shown(message) }),
      },
    ]);
  }

  requests(what: string): HostRequests {
    if (this.#isOver) throw new Error(`${what} belongs in a running call, and this one is over`);
    if (this.#isCancelled) throw new Cancelled();
    return this.#parts.requests;
  }
}

/** Its functions can be taken out of it: `const { call, progress } = context`. */
class CallContext implements Context {
  readonly log: Log;
  readonly #call: RunningCall;

  constructor(call: RunningCall, log: Log) {
    this.#call = call;
    this.log = log;
  }

  get signal(): AbortSignal {
    return this.#call.signal;
  }

  get cancelled(): boolean {
    return this.#call.isCancelled;
  }

  get deadline(): number | undefined {
    return this.#call.deadline;
  }

  get traceparent(): string | undefined {
    return this.#call.trace?.traceparent;
  }

  get tracestate(): string | undefined {
    return this.#call.trace?.tracestate;
  }

  readonly progress = (fraction?: number, message?: string): void => this.#call.progress(fraction, message);

  readonly call = async (plugin: string, input?: unknown, options: HostCallOptions = {}): Promise<unknown> =>
    await this.#call.requests('context.call').call(this.#call.id, plugin, input, options);

  readonly lock = async (name: string, options: LockOptions = {}): Promise<Lease> =>
    await this.#call.requests('context.lock').lock(this.#call.id, name, options);
}
