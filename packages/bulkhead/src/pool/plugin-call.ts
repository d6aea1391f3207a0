import type { ProgressPayload } from '@bulkhead/protocol';
import { BulkheadError, isBulkheadError } from '../errors/bulkhead-error.ts';
import type { PluginStream } from '../session/plugin-stream.ts';
import type { CallReceiver } from '../session/session.ts';
import type { CallOutcome } from './plugin-observer.ts';

export interface CallOptions {
  /** Milliseconds from sending to the answer. */
  readonly timeout: number;
  /** Where that limit can be raised, for the error. */
  readonly timeoutSetting: string;
  /** Milliseconds without a sign of life, from sending on; undefined: no limit. */
  readonly idle: number | undefined;
  readonly signal: AbortSignal | undefined;
  /** The plugins that call one another up to this call, its own last. */
  readonly path?: readonly string[] | undefined;
  readonly onProgress?: ((progress: ProgressPayload) => void) | undefined;
}

/** What a call needs of the instance that it runs on. */
export interface CallHost {
  readonly plugin: string;
  /** The call was given up; the instance has to be freed of it. */
  abandon(call: PluginCall): void;
  /** Adds what is known of the instance's circumstances to an error. */
  explain(error: unknown, action: string): Promise<unknown>;
  /** What its process did since then, as a clause; undefined when that is not known. */
  activitySince(time: number): string | undefined;
  callEnded(call: PluginCall, outcome: CallOutcome): void;
  /** The plugin answered the call, even one that was given up before. */
  callAnswered(): void;
}

/** One call from being sent to its end: whoever comes first of answer, time limit, abort and crash ends it, once. */
export class PluginCall implements CallReceiver {
  readonly action: string;
  readonly startedAt: number = performance.now();
  readonly promise: Promise<unknown>;
  /** Set when it was sent. */
  id = 0;
  /** Whether the plugin has answered, or is gone. */
  answered = false;
  readonly #host: CallHost;
  readonly #options: CallOptions;
  #timeout: number | undefined;
  readonly #timer: NodeJS.Timeout;
  readonly #idleTimer: NodeJS.Timeout | undefined;
  #settle!: { resolve(value: unknown): void; reject(error: unknown): void };
  #settled = false;
  #stream: PluginStream | undefined;

  constructor(host: CallHost, action: string, options: CallOptions) {
    this.action = action;
    this.#host = host;
    this.#options = options;
    this.#timeout = options.timeout;
    this.promise = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
    this.#timer = setTimeout(this.#onTimeout, options.timeout);
    this.#idleTimer = options.idle === undefined ? undefined : setTimeout(this.#onIdle, options.idle, options.idle);
    options.signal?.addEventListener('abort', this.#onAbort, { once: true });
  }

  get path(): readonly string[] {
    return this.#options.path ?? [this.#host.plugin];
  }

  get deadline(): number {
    return this.startedAt + (this.#timeout ?? Number.POSITIVE_INFINITY);
  }

  /** Undefined: there is no limit any more. */
  get timeout(): number | undefined {
    return this.#timeout;
  }

  /** Somebody may look at it in a debugger, and take their time. */
  liftLimits(): void {
    this.#timeout = undefined;
    this.#clearTimers();
  }

  /** A listener that throws ends the call by what it threw. */
  progress(progress: ProgressPayload): void {
    if (this.#settled) return;
    try {
      this.#options.onProgress?.(progress);
    } catch (error) {
      this.#giveUp('cancelled', error);
    }
  }

  /** The caller is answered, and the call goes on: from here on it is the stream that is settled. */
  stream(stream: PluginStream): void {
    this.#stream = stream;
    if (this.#settled) return;
    this.#settle.resolve(stream);
    this.#settle = { resolve: (value) => stream.end(value), reject: (error) => stream.fail(error) };
  }

  stop(): void {
    if (this.#end('cancelled')) this.#host.abandon(this);
  }

  resolve(value: unknown): void {
    this.answered = true;
    this.#stream?.leave();
    if (this.#end('ok')) this.#settle.resolve(value);
    this.#host.callAnswered();
  }

  reject(error: unknown): void {
    this.answered = true;
    this.#stream?.leave();
    this.#host.callAnswered();
    if (!this.#end(outcomeOf(error))) return;
    // The instance adds its last lines, which may take it a turn.
    void this.#host.explain(error, this.action).then(this.#settle.reject, this.#settle.reject);
  }

  touch(): void {
    if (!this.#settled && this.#timeout !== undefined) this.#idleTimer?.refresh();
  }

  readonly #onTimeout = (): void => {
    const { timeout, timeoutSetting } = this.#options;
    this.#giveUp(
      'timeout',
      new BulkheadError('CALL_TIMEOUT', {
        plugin: this.#host.plugin,
        action: this.action,
        milliseconds: timeout,
        setting: timeoutSetting,
        activity: this.#host.activitySince(this.startedAt),
      }),
    );
  };

  readonly #onIdle = (milliseconds: number): void => {
    const { plugin } = this.#host;
    this.#giveUp('timeout', new BulkheadError('CALL_IDLE_TIMEOUT', { plugin, action: this.action, milliseconds }));
  };

  readonly #onAbort = (): void => {
    const cause: unknown = this.#options.signal?.reason;
    this.#giveUp(
      'cancelled',
      new BulkheadError('CALL_CANCELLED', { plugin: this.#host.plugin, action: this.action }, { cause }),
    );
  };

  #giveUp(outcome: CallOutcome, error: unknown): void {
    if (!this.#end(outcome)) return;
    if (!this.answered) this.#host.abandon(this);
    void this.#host.explain(error, this.action).then(this.#settle.reject, this.#settle.reject);
  }

  #clearTimers(): void {
    clearTimeout(this.#timer);
    clearTimeout(this.#idleTimer);
  }

  #end(outcome: CallOutcome): boolean {
    if (this.#settled) return false;
    this.#settled = true;
    this.#clearTimers();
    this.#options.signal?.removeEventListener('abort', this.#onAbort);
    this.#host.callEnded(this, outcome);
    return true;
  }
}

function outcomeOf(error: unknown): CallOutcome {
  if (!isBulkheadError(error)) return 'error';
  switch (error.code) {
    case 'PLUGIN_DISCONNECTED':
    case 'PROTOCOL_VIOLATION':
    case 'PLUGIN_CRASHED':
    case 'PLUGIN_REPLACED':
      return 'crashed';
    case 'CALL_CANCELLED':
      return 'cancelled';
    case 'INPUT_NOT_ENCODABLE':
    case 'INPUT_TOO_LARGE':
    case 'INPUT_REJECTED':
    case 'ACTION_UNKNOWN':
      return 'rejected';
    default:
      return 'error';
  }
}
