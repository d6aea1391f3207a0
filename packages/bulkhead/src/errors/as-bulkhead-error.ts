import { messageOf } from '../lifecycle/message-of.ts';
import { asReason } from './as-reason.ts';
import { BulkheadError, isBulkheadError } from './bulkhead-error.ts';

/** What was thrown, as an error of the catalogue. What is none yet is a mistake of ours. */
export function asBulkheadError(thrown: unknown): BulkheadError {
  if (isBulkheadError(thrown)) return thrown;
  return new BulkheadError('INTERNAL', { reason: asReason(messageOf(thrown)) }, { cause: thrown });
}
