import { encode } from '@bulkhead/protocol';
import { copyValue, UncopyableError } from '../lifecycle/copy-value.ts';
import type { CallInput } from './call-input.ts';
import { inputError } from './input-error.ts';

/**
 * The input as it is now, for a call that has to wait, or may have to be sent a second time: its caller may change it meanwhile.
 *
 * @throws BulkheadError `INPUT_NOT_ENCODABLE`
 */
export function keepInput(input: CallInput, plugin: string, action: string): CallInput {
  if (input.isFixed) return input;
  try {
    return { ...input, value: copyValue(input.value), isFixed: true };
  } catch (error) {
    throw inputError(wordsOfCodec(input.value, error), plugin, action);
  }
}

/** What can't be copied can't be sent either, and the codec knows what to send instead. */
function wordsOfCodec(value: unknown, error: unknown): unknown {
  if (!(error instanceof UncopyableError) || error.cause !== undefined) return error;
  try {
    encode(value);
    return error;
  } catch (better) {
    return better;
  }
}
