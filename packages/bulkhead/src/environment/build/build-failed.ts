import { BulkheadError } from '../../errors/bulkhead-error.ts';

const FULL_DISK = /No space left on device|ENOSPC|Disk quota exceeded|EDQUOT/i;
const FREE_SPACE =
  'Free some space: in the data folder, which BULKHEAD_HOME names, in the folder for temporary files, or in the cache of uv, pip or npm.';

/** A failure of a builder that has no code of its own. Whatever it is, a full disk is told by the words of the system. */
export function buildFailed(plugin: string, reason: string, output: string, options: ErrorOptions): BulkheadError {
  const cure = FULL_DISK.test(output) ? FREE_SPACE : undefined;
  return new BulkheadError('ENVIRONMENT_BUILD_FAILED', { plugin, reason, cure }, options);
}
