import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CodecError, encode, type RemoteFailure } from '@bulkhead/protocol';
import { Cancelled, InputRejected } from '../author/errors.ts';
import { cut, shown } from './shown.ts';

const LONGEST_CHAIN = 8;
const LONGEST_MESSAGE = 8 * 1024;
const LONGEST_TRACEBACK = 64 * 1024;
const LARGEST_DATA_BYTES = 1024 * 1024;

/** Frames of the SDK and of Node tell the author of a plugin nothing. */
const OWN_FOLDER = dirname(fileURLToPath(import.meta.url));

/** An error of the plugin's as the host is told of it, all of it bounded. Never throws. */
export function failureOf(error: unknown, code: string): RemoteFailure {
  return withCause(error, code, new Set());
}

function withCause(error: unknown, code: string, seen: Set<unknown>): RemoteFailure {
  seen.add(error);
  const cause = attempt(() => (error as { readonly cause?: unknown } | undefined)?.cause);
  const goesOn = cause !== undefined && cause !== null && !seen.has(cause) && seen.size < LONGEST_CHAIN;
  return {
    ...ofOne(error, code),
    ...(goesOn ? { cause: withCause(cause, 'PLUGIN_RAISED', seen) } : {}),
  };
}

function ofOne(error: unknown, code: string): RemoteFailure {
  if (!(error instanceof Error)) {
    const what = error === undefined ? 'nothing' : shown(error, LONGEST_MESSAGE);
    return { code, message: `threw ${what}, which is no Error`, type: typeof error };
  }
  const data = dataOf(error);
  return {
    code,
    message: attempt(() => cut(String(error.message), LONGEST_MESSAGE)) ?? '',
    type: cut(typeOf(error), LONGEST_MESSAGE),
    traceback: stackOf(error),
    ...(data === undefined ? {} : { data }),
  };
}

function typeOf(error: Error): string {
  const named = attempt(() => (error.name === 'Error' ? error.constructor.name : error.name));
  return typeof named === 'string' && named !== '' ? named : 'Error';
}

/** Without the frames that are none of the plugin's. */
export function stackOf(error: Error): string {
  const stack = attempt(() => error.stack);
  if (typeof stack !== 'string') return '';
  const lines = stack.split('\n').filter((line) => !/^\s+at /.test(line) || !isHidden(line));
  return cut(lines.join('\n'), LONGEST_TRACEBACK);
}

function isHidden(line: string): boolean {
  return line.includes(OWN_FOLDER) || line.includes('(node:') || line.includes('at node:');
}

/** What an error carries for programs; where it can't be sent, why. */
function dataOf(error: Error): unknown {
  const data = attempt(() => (error as { readonly data?: unknown }).data);
  if (data === undefined || data === null) return undefined;
  try {
    const { length } = encode(data);
    if (length <= LARGEST_DATA_BYTES) return data;
    return { 'left out': `it has ${length} bytes, and the limit is ${LARGEST_DATA_BYTES}` };
  } catch (refusal) {
    return { 'left out': shown((refusal as Error).message, LONGEST_MESSAGE) };
  }
}

/** The call ended as the host asked. If it ended by another error, that is the cause. */
function cancelledFailure(error: unknown): RemoteFailure {
  const failure: RemoteFailure = { code: 'CALL_CANCELLED', message: 'the call was cancelled' };
  const isMeant = error instanceof Cancelled || (error instanceof Error && error.name === 'AbortError');
  return isMeant ? failure : { ...failure, cause: failureOf(error, 'PLUGIN_RAISED') };
}

/** Why a call failed. */
export function callFailure(error: unknown, wasCancelled: boolean): RemoteFailure {
  if (error instanceof InputRejected)
    return { code: 'INPUT_REJECTED', message: cut(error.message, LONGEST_MESSAGE), data: { path: error.path } };
  return wasCancelled ? cancelledFailure(error) : failureOf(error, 'PLUGIN_RAISED');
}

/** A result that can't be sent. */
export function unencodable(error: unknown): RemoteFailure {
  const code = 'RESULT_NOT_ENCODABLE';
  if (error instanceof CodecError) return { code, message: error.message, data: { path: error.path } };
  return { code, message: `encoding the result failed: ${shown(error, LONGEST_MESSAGE)}`, data: { path: '$' } };
}

/** Code of the plugin: any property of what it threw may throw itself. */
function attempt<Value>(get: () => Value): Value | undefined {
  try {
    return get();
  } catch {
    return undefined;
  }
}
