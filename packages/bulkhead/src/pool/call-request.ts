import type { ProgressPayload } from '@bulkhead/protocol';
import { isBulkheadError } from '../errors/bulkhead-error.ts';
import type { PluginSpec } from '../registry/plugin-spec.ts';
import type { CallOptions } from './plugin-call.ts';

export interface ExecuteOptions {
  /** Milliseconds; the spec's `call` limit unless given. */
  readonly timeout?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** The plugins that call one another up to this call, its own last. */
  readonly path?: readonly string[] | undefined;
  readonly onProgress?: ((progress: ProgressPayload) => void) | undefined;
  /** Memory for the first binary value or array of the answer. */
  readonly into?: Uint8Array | undefined;
}

/** A call on its way to an instance. */
export interface CallRequest {
  readonly action: string;
  readonly input: unknown;
  readonly options: ExecuteOptions;
  /** Milliseconds that a first instance spent on it before it was lost with that; undefined: this is the first. */
  readonly spent?: number;
}

export function callOptionsOf(request: CallRequest, { timeouts }: PluginSpec): CallOptions {
  const { timeout, signal, path, onProgress, into } = request.options;
  return {
    timeout: Math.max(1, (timeout ?? timeouts.call) - (request.spent ?? 0)),
    isOwnTimeout: timeout !== undefined,
    idle: timeouts.idle,
    signal,
    path,
    onProgress,
    into,
  };
}

/** Whether a call went down with its instance, so that another can be tried. */
export function isLost(error: unknown): boolean {
  if (!isBulkheadError(error)) return false;
  const { code } = error;
  return code === 'PLUGIN_CRASHED' || code === 'PLUGIN_REPLACED' || code === 'PLUGIN_DISCONNECTED';
}
