import { types } from 'node:util';
import type { ProgressPayload } from '@bulkhead/protocol';
import { BulkheadError } from '../errors/bulkhead-error.ts';

/** How far a call has come: `fraction` between 0 and 1, `message` for people. */
export type CallProgress = ProgressPayload;

/** Of one call. */
export interface ExecuteOptions {
  /** `execute` unless given. */
  readonly action?: string;
  /** Milliseconds from sending the call to its answer; the registry's `timeouts: { call }` unless given. */
  readonly timeout?: number;
  /** Ends the call when it is aborted. */
  readonly signal?: AbortSignal;
  /** Hears what the plugin reports with `context.progress`. If it throws, or its promise rejects, the call ends by that. */
  readonly onProgress?: (progress: CallProgress) => void;
  /**
   * The trace that the call is a part of, as the W3C's Trace Context writes it, such as
   * `00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01`. The plugin finds it in `context.traceparent`, and the plugins that it
   * calls in theirs. An answer from the cache is a part of no trace.
   */
  readonly traceparent?: string;
  /** What systems of tracing add to it; only beside `traceparent`. */
  readonly tracestate?: string;
  /**
   * Memory for the first binary value or array of the answer, in the order in which JavaScript lists the answer's parts. If it fits,
   * whatever its size, the answer holds a view on that memory, of its own type and length; using the memory again overwrites it. If it
   * doesn't fit, or the memory begins where its elements aren't aligned, it gets memory of its own, as without `into`. Leave the memory
   * alone until the call has ended; the host never writes to it afterwards. Chunks of a stream never go there.
   */
  readonly into?: ArrayBufferView | ArrayBufferLike;
  /**
   * True: lends the input to the host until the call has ended, instead of having it copied where it has to wait. Nothing in it may
   * change as long as that; worth it for large binary values.
   */
  readonly lend?: boolean;
  /** False: calls the plugin and does not keep its answer, even if the action is pure. `into` implies false. */
  readonly cache?: boolean;
}

export const EXECUTE_OPTIONS: Readonly<Record<keyof ExecuteOptions, true>> = {
  action: true,
  timeout: true,
  signal: true,
  onProgress: true,
  traceparent: true,
  tracestate: true,
  into: true,
  lend: true,
  cache: true,
};

/** @throws BulkheadError `ARGUMENT_INVALID` */
export function checkAction(action: string): void {
  if (!action.startsWith('@')) return;
  const reason = `a name that begins with "@", such as "${action}", is Bulkhead's own`;
  throw new BulkheadError('ARGUMENT_INVALID', { argument: 'action', reason });
}

/** @throws BulkheadError `ARGUMENT_INVALID` */
export function checkTimeout(timeout: number | undefined): void {
  if (timeout === undefined || (timeout > 0 && timeout <= 2 ** 31 - 1)) return;
  throw new BulkheadError('ARGUMENT_INVALID', {
    argument: 'timeout',
    reason: `${String(timeout)} is not a number of milliseconds between 0 and 2^31`,
  });
}

/** The memory of `into`. @throws BulkheadError `ARGUMENT_INVALID` */
export function bytesOf(memory: ArrayBufferView | ArrayBufferLike): Uint8Array {
  try {
    if (ArrayBuffer.isView(memory)) return new Uint8Array(memory.buffer, memory.byteOffset, memory.byteLength);
    if (types.isAnyArrayBuffer(memory)) return new Uint8Array(memory);
  } catch {
    throw new BulkheadError('ARGUMENT_INVALID', { argument: 'into', reason: 'its memory was transferred elsewhere' });
  }
  const reason = `a value of type ${typeof memory} is neither a typed array nor an ArrayBuffer`;
  throw new BulkheadError('ARGUMENT_INVALID', { argument: 'into', reason });
}
