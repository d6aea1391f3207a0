import { sep } from 'node:path';
import { BulkheadError } from '../../errors/bulkhead-error.ts';

/** Commands that take ids are often given a folder. @throws BulkheadError `ARGUMENT_INVALID` for a path */
export function refusePath(given: string): void {
  if (!given.includes('/') && !given.includes(sep) && given !== '.' && given !== '..') return;
  throw new BulkheadError('ARGUMENT_INVALID', {
    argument: 'id',
    reason: `"${given}" is a path, and a plugin is named by its id, which \`bulkhead list\` shows. \`bulkhead add ${given}\` adds a folder to the registry, \`bulkhead dev ${given}\` runs one without`,
  });
}
