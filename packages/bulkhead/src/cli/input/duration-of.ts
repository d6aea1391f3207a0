import { BulkheadError } from '../../errors/bulkhead-error.ts';
import { DURATION_FORM, parseDuration } from '../../lifecycle/duration.ts';

/** Milliseconds of what was given for an option such as `--timeout`. @throws BulkheadError `ARGUMENT_INVALID` */
export function durationOf(option: string, text: string): number {
  const milliseconds = parseDuration(text);
  if (milliseconds !== undefined && milliseconds > 0) return milliseconds;
  throw new BulkheadError('ARGUMENT_INVALID', {
    argument: option,
    reason: `expected ${DURATION_FORM}, found "${text}"`,
  });
}
