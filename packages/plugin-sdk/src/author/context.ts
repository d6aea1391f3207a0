/** Lines for the host's log, each tagged with the call it is written in. Never throws. */
export interface Log {
  debug(message: unknown, fields?: LogFields): void;
  info(message: unknown, fields?: LogFields): void;
  warn(message: unknown, fields?: LogFields): void;
  /** An `Error` as message, or as a field, is shown with its stack. */
  error(message: unknown, fields?: LogFields): void;
}

export type LogFields = Readonly<Record<string, unknown>>;

/** What `initialize` and `cleanup` get. */
export interface PluginContext {
  readonly log: Log;
}

/** What a running call gets beside its input. */
export interface Context extends PluginContext {
  /** Aborted when the call is cancelled or its time is over. Hand it on to all that waits. */
  readonly signal: AbortSignal;
  /** The same for code that computes without a pause: it is true as soon as the host has said so, while events wait. */
  readonly cancelled: boolean;
  /** Milliseconds until the host gives the call up, at least 0; undefined if no limit is known. */
  readonly deadline: number | undefined;
  /** The trace that the call is a part of, as the W3C's Trace Context writes it; undefined if its caller named none. */
  readonly traceparent: string | undefined;
  /** What systems of tracing have added to `traceparent`. */
  readonly tracestate: string | undefined;
  /**
   * Tells the caller how far the call has come.
   *
   * @param fraction from 0 to 1
   * @param message for people
   * @throws RangeError for another fraction
   */
  progress(fraction?: number, message?: string): void;
  /**
   * Calls another plugin. The registry must allow it by `may_call`.
   *
   * @throws RemoteError if that call fails; Cancelled if this one is cancelled
   */
  call(plugin: string, input?: unknown, options?: HostCallOptions): Promise<unknown>;
  /**
   * Waits for a resource that all plugins and the application share. It is held until it is released, or this call ends.
   *
   * @throws RemoteError `RESOURCE_CONFLICT` if the time runs out, `RESOURCE_DEADLOCK`; Cancelled if this call is cancelled
   */
  lock(name: string, options?: LockOptions): Promise<Lease>;
}

export interface HostCallOptions {
  /** `execute` unless given. */
  readonly action?: string | undefined;
  /** Milliseconds to wait, and never longer than the running call has. */
  readonly timeout?: number | undefined;
  /** Another trace, or another span of it, than the running call is a part of. */
  readonly traceparent?: string | undefined;
}

export interface LockOptions {
  /** Milliseconds to wait. */
  readonly timeout?: number | undefined;
  readonly mode?: 'exclusive' | 'shared' | undefined;
  /** Units of the resource's capacity. */
  readonly amount?: number | undefined;
  /** Higher ones go first. */
  readonly priority?: number | undefined;
  /** Milliseconds after which the lease ends by itself. */
  readonly ttl?: number | undefined;
}

/** A resource that is held. With `await using` it is released at the end of the block. */
export interface Lease extends AsyncDisposable {
  readonly name: string;
  /** Larger than that of every earlier lease of any resource. */
  readonly token: number;
  /** A second call does nothing. */
  release(): void;
}
