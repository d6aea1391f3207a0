import { BodyTooLargeError, CodecError, FrameTooLargeError } from '@bulkhead/protocol';
import { BulkheadError } from '../errors/bulkhead-error.ts';
import { UncopyableError } from '../lifecycle/copy-value.ts';

/**
 * Why an input, or a part of it that stands at `place`, can't be sent, in the words of the catalogue; what neither the codec nor a
 * copy of it threw stays what it is.
 */
export function inputError(error: unknown, plugin: string, action: string, place = '$'): unknown {
  if (error instanceof UncopyableError) {
    const { path, message: reason, cause } = error;
    return new BulkheadError('INPUT_NOT_ENCODABLE', { plugin, action, path, reason }, { cause });
  }
  if (!(error instanceof CodecError)) return error;
  if (error instanceof FrameTooLargeError || error instanceof BodyTooLargeError) {
    const where = place === '$' ? '' : ` (at ${place})`;
    const reason = `${error.bytes} bytes are over the limit of ${error.maximum}${where}`;
    const limit = error instanceof FrameTooLargeError ? 'frame' : 'body';
    return new BulkheadError('INPUT_TOO_LARGE', { plugin, action, reason, limit }, { cause: error });
  }
  // The codec saw the whole message, whose fourth element is the input or a chunk of it.
  const path = error.path.replace(/^\$\[3\]/, () => place);
  const cause = error.reason === 'unreadable' ? error.cause : error;
  return new BulkheadError('INPUT_NOT_ENCODABLE', { plugin, action, path, reason: error.detail }, { cause });
}
