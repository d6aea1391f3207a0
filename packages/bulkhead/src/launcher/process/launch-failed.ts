import { asReason } from '../../errors/as-reason.ts';
import { BulkheadError } from '../../errors/bulkhead-error.ts';
import { cureOfExhaustion } from '../../lifecycle/system-exhaustion.ts';

/** The system refused to start something for the plugin. */
export function launchFailed(plugin: string, cause: unknown, cure?: string): BulkheadError {
  const reason = asReason(cause instanceof Error ? cause.message : String(cause));
  return new BulkheadError(
    'PLUGIN_LAUNCH_FAILED',
    { plugin, reason, cure: cureOfExhaustion(cause) ?? cure },
    { cause },
  );
}
