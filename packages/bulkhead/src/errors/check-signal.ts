import { letManyListen } from '../lifecycle/let-many-listen.ts';
import { BulkheadError } from './bulkhead-error.ts';

/**
 * Refuses what is no AbortSignal where it enters, before anything is begun that it could leave half done.
 *
 * @throws BulkheadError `ARGUMENT_INVALID`
 */
export function checkSignal(signal: unknown): asserts signal is AbortSignal | undefined {
  if (signal === undefined) return;
  if (signal instanceof AbortSignal) return letManyListen(signal);
  const reason = `expected an AbortSignal, found a value of type ${signal === null ? 'null' : typeof signal}`;
  throw new BulkheadError('ARGUMENT_INVALID', { argument: 'signal', reason });
}
