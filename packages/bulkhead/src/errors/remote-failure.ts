import type { RemoteFailure } from '@bulkhead/protocol';
import { isRecord } from '../lifecycle/is-record.ts';
import { visibleLine } from '../lifecycle/visible-text.ts';
import { nearestName } from '../lifecycle/nearest-name.ts';
import { BulkheadError, type FailureContext, isBulkheadError } from './bulkhead-error.ts';
import { asReason } from './as-reason.ts';
import type { CodeMistake } from './catalogue/instances.ts';
import { MOST_MISTAKES } from './catalogue/words.ts';
import { cureOf } from './python-cures.ts';

/** Characters of the path of a value. */
const LONGEST_PATH = 1_024;
const LONGEST_MISTAKE = 2_000;

/** Where a failure comes from, and what the host knows of that plugin. */
export interface RemoteOrigin {
  readonly plugin: string;
  readonly action: string;
  readonly actions: readonly string[];
}

/** An exception of the plugin, in the chain of causes: its type is the name, its traceback the stack. */
class RemoteException extends Error {
  override readonly name: string;

  constructor(failure: RemoteFailure) {
    super(failure.message, failure.cause === undefined ? undefined : { cause: new RemoteException(failure.cause) });
    this.name = failure.type ?? 'Error';
    if (failure.traceback !== undefined) this.stack = failure.traceback;
  }
}

/** The one place where a failure from the wire becomes an error of the catalogue. */
export function errorFromRemote(failure: RemoteFailure, origin: RemoteOrigin): BulkheadError {
  const context: FailureContext = {
    plugin: origin.plugin,
    action: origin.action,
    ...(failure.type === undefined ? {} : { remoteType: failure.type }),
    ...(failure.traceback === undefined ? {} : { remoteTraceback: failure.traceback }),
    ...(failure.data === undefined ? {} : { remoteData: failure.data }),
  };
  const cause = failure.cause === undefined ? {} : { cause: new RemoteException(failure.cause) };
  return build(failure, origin, { ...cause, context });
}

/** The other way: an error as the host tells it to a plugin that asked for a call. */
export function failureFromError(error: unknown): RemoteFailure {
  if (!isBulkheadError(error))
    return { code: 'INTERNAL', message: error instanceof Error ? error.message : String(error) };
  const { remoteType, remoteTraceback, remoteData } = error.context;
  // Programs want to know who holds the resource and who waits for it.
  const data = error.code === 'RESOURCE_CONFLICT' ? error.details : remoteData;
  return {
    code: error.code,
    // whose author is to be told what to write where
    message: error.code === 'HOST_CALL_DENIED' ? `${error.message} ${error.advice}` : error.message,
    ...(remoteType === undefined ? {} : { type: remoteType }),
    ...(remoteTraceback === undefined ? {} : { traceback: remoteTraceback }),
    ...(data === undefined ? {} : { data }),
  };
}

function build(
  failure: RemoteFailure,
  origin: RemoteOrigin,
  options: { cause?: unknown; context: FailureContext },
): BulkheadError {
  const { plugin, action } = origin;
  const reason = asReason(failure.message);
  const typed = failure.type === undefined || failure.type === '' ? reason : `${failure.type}: ${reason}`;
  const data = isRecord(failure.data) ? failure.data : {};
  switch (failure.code) {
    case 'PLUGIN_IMPORT_FAILED':
      return new BulkheadError('PLUGIN_IMPORT_FAILED', { plugin, reason: typed, cure: cureOf(failure) }, options);
    case 'PLUGIN_INVALID':
      return new BulkheadError('PLUGIN_INVALID', { plugin, mistakes: mistakesOf(data, reason) }, options);
    case 'PLUGIN_INITIALIZE_FAILED':
      return new BulkheadError('PLUGIN_INITIALIZE_FAILED', { plugin, reason: typed, cure: cureOf(failure) }, options);
    case 'SANDBOX_UNAVAILABLE':
      return new BulkheadError('SANDBOX_UNAVAILABLE', { plugin, reason }, options);
    case 'ACTION_UNKNOWN': {
      const details = { plugin, action, nearest: nearestName(action, origin.actions), known: origin.actions };
      return new BulkheadError('ACTION_UNKNOWN', details, options);
    }
    case 'INPUT_REJECTED':
      return new BulkheadError('INPUT_REJECTED', { plugin, action, reason, path: pathOf(data) }, options);
    case 'RESULT_NOT_ENCODABLE':
      return new BulkheadError('RESULT_NOT_ENCODABLE', { plugin, action, path: pathOf(data) ?? '$', reason }, options);
    case 'RESULT_TOO_LARGE': {
      const limit = data['limit'] === 'body' ? 'body' : 'frame';
      return new BulkheadError('RESULT_TOO_LARGE', { plugin, action, reason, limit }, options);
    }
    case 'FRAME_REFUSED':
      return new BulkheadError('FRAME_REFUSED', { plugin, action, reason }, options);
    case 'CALL_CANCELLED':
      return new BulkheadError('CALL_CANCELLED', { plugin, action }, options);
    default:
      return new BulkheadError(
        'PLUGIN_RAISED',
        { plugin, action, type: failure.type ?? 'an error', reason: failure.message, cure: cureOf(failure) },
        options,
      );
  }
}

function mistakesOf({ mistakes }: Readonly<Record<string, unknown>>, reason: string): readonly CodeMistake[] {
  const listed = (Array.isArray(mistakes) ? mistakes : []).slice(0, MOST_MISTAKES).flatMap((each: unknown) => {
    if (!isRecord(each) || typeof each['message'] !== 'string') return [];
    const { message, file, line } = each;
    return {
      message: visibleLine(message, LONGEST_MISTAKE),
      file: typeof file === 'string' ? visibleLine(file, LONGEST_PATH) : undefined,
      line: Number.isSafeInteger(line) ? (line as number) : undefined,
    };
  });
  return listed.length === 0 ? [{ message: reason }] : listed;
}

function pathOf({ path }: Readonly<Record<string, unknown>>): string | undefined {
  return typeof path === 'string' ? visibleLine(path, LONGEST_PATH) : undefined;
}
