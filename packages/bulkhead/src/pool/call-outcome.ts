import { isBulkheadError } from '../errors/bulkhead-error.ts';
import type { CallOutcome } from './pool-observer.ts';

/** The outcome of a call that failed with `error`. */
export function outcomeOf(error: unknown): CallOutcome {
  if (!isBulkheadError(error)) return 'error';
  switch (error.code) {
    case 'PLUGIN_DISCONNECTED':
    case 'PROTOCOL_VIOLATION':
    case 'PLUGIN_CRASHED':
    case 'GROUP_CRASHED':
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
