import { BulkheadError } from '../../errors/bulkhead-error.ts';

/** A place that was named can't be written to: no fault of ours. Anything else than an error of the system is passed on. */
export function fileFailure(error: unknown, argument: string, path: string): unknown {
  const { code, syscall, message } = error as NodeJS.ErrnoException;
  if (code === undefined || syscall === undefined) return error;
  const reason = `${path} can't be written: ${message}`;
  return new BulkheadError('ARGUMENT_INVALID', { argument, reason }, { cause: error });
}
