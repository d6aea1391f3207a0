import type { ProgressPayload, TraceContext } from '@bulkhead/protocol';
import type { PluginStream } from './plugin-stream.ts';

/** Who waits for an answer. Callbacks, not a promise: one promise less for each call. */
export interface CallReceiver {
  readonly action: string;
  /** The plugins that call one another up to this call: outermost first, this one's own last. */
  readonly path?: readonly string[];
  /** The call that stands still until this one ends. */
  readonly awaitedBy?: CallReceiver | undefined;
  /** When the answer is no longer waited for, by `performance.now()`. */
  readonly deadline?: number;
  /** Milliseconds that the answer is waited for: told to the plugin, kept by the receiver. */
  readonly timeout?: number | undefined;
  /** The trace that it is a part of. */
  readonly trace?: TraceContext | undefined;
  /** Memory for the first binary value or array of the answer; undefined once the call is over. */
  readonly into?: Uint8Array | undefined;
  progress?(progress: ProgressPayload): void;
  /** The answer is a stream; `resolve` or `reject` follows when that has ended. */
  stream?(stream: PluginStream): void;
  /** The stream's reader wants no more. */
  stop?(): void;
  /** From now on the answer is waited for without limit. */
  liftLimits?(): void;
  /** The call has gone on: the plugin has shown that it is at work, or a part of the input was sent. */
  touch?(): void;
  /** The source of the input failed, or can't be sent: the call ends by this error. */
  giveUp?(error: unknown): void;
  resolve(value: unknown): void;
  reject(error: unknown): void;
}
