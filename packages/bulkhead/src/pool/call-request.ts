import type { ProgressPayload, TraceContext } from '@bulkhead/protocol';
import { isBulkheadError } from '../errors/bulkhead-error.ts';
import type { PluginTimeouts } from '../registry/plugin-spec.ts';
import type { CallInput } from '../session/call-input.ts';
import type { CallReceiver } from '../session/call-receiver.ts';

/** One call on its way to an instance. The manager makes it; the pool, the instance and the call each read their part. */
export interface CallRequest {
  readonly action: string;
  readonly input: CallInput;
  /** Milliseconds; the spec's `call` limit unless given. */
  readonly timeout?: number | undefined;
  /** Whether `timeout` counts the wait for an instance too. */
  readonly countsWaiting?: boolean | undefined;
  /** Milliseconds without a sign of life; the spec's `idle` limit unless given. */
  readonly idle?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** The plugins that call one another up to this call, its own last. */
  readonly path?: readonly string[] | undefined;
  /** The call that stands still until this one ends. */
  readonly awaitedBy?: CallReceiver | undefined;
  /** The trace that it is a part of. */
  readonly trace?: TraceContext | undefined;
  readonly onProgress?: ((progress: ProgressPayload) => void) | undefined;
  /** Memory for the first binary value or array of the answer. */
  readonly into?: Uint8Array | undefined;
  /** Asked when an instance takes the call after a wait: it may `send` the call, whose input is `kept`, or answer it otherwise. */
  readonly onTaken?: ((send: SendTaken, kept: CallInput) => Promise<unknown>) | undefined;
  /** Milliseconds that the call spent on an instance that was lost; undefined: this is the first try. */
  readonly spent?: number;
}

/** Sends a call that an instance has taken, at once, with this signal in place of its own. */
export type SendTaken = (input: CallInput, signal: AbortSignal | undefined) => Promise<unknown>;

/** The limits of a call, counted from when it is sent. */
export interface CallLimits {
  /** Milliseconds to the answer. */
  readonly timeout: number;
  /** Whether that limit came with the call, not from the registry. */
  readonly isOwnTimeout: boolean;
  /** Milliseconds without a sign of life; undefined: no limit. */
  readonly idle: number | undefined;
}

export function limitsOf({ timeout, idle, spent = 0 }: CallRequest, timeouts: PluginTimeouts): CallLimits {
  return {
    timeout: Math.max(1, (timeout ?? timeouts.call) - spent),
    isOwnTimeout: timeout !== undefined,
    idle: idle ?? timeouts.idle,
  };
}

/** Milliseconds that it may wait for an instance; undefined: without limit. */
export function queueLimitOf({ timeout, countsWaiting }: CallRequest, { queue }: PluginTimeouts): number | undefined {
  return countsWaiting === true && timeout !== undefined ? Math.min(timeout, queue ?? timeout) : queue;
}

/** The request to send after a wait of so many milliseconds. */
export function afterWaiting(request: CallRequest, waited: number): CallRequest {
  const { timeout, countsWaiting } = request;
  if (timeout === undefined || countsWaiting !== true) return request;
  return { ...request, timeout: Math.max(1, timeout - waited) };
}

/** Whether it can be sent a second time: the first uses up the sources of its streams. */
export function isRepeatable({ spent, input }: CallRequest): boolean {
  return spent === undefined && input.sources.length === 0;
}

/** Whether the call failed because its instance is gone, so that another may be tried. */
export function isLost(error: unknown): boolean {
  if (!isBulkheadError(error)) return false;
  const { code } = error;
  return (
    code === 'PLUGIN_CRASHED' ||
    code === 'GROUP_CRASHED' ||
    code === 'PLUGIN_REPLACED' ||
    code === 'PLUGIN_DISCONNECTED'
  );
}
