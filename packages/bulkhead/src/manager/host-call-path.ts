import { BulkheadError } from '../errors/bulkhead-error.ts';
import type { PluginSpec } from '../registry/plugin-spec.ts';

/** A deeper chain of calls is taken for a mistake. */
const DEEPEST_PATH = 8;

/**
 * The path of a call that `caller` makes of the plugin `target`, itself being called along `path` (outermost first, `caller`
 * last).
 *
 * @throws BulkheadError `HOST_CALL_DENIED`, `HOST_CALL_PATH_REFUSED`; before anything is sent.
 */
export function pathOfHostCall(caller: PluginSpec, path: readonly string[], target: string): readonly string[] {
  if (!caller.calls.mayCall.includes(target))
    throw new BulkheadError('HOST_CALL_DENIED', { plugin: caller.id, target, mayCall: caller.calls.mayCall });
  const longer = [...path, target];
  if (path.includes(target))
    throw new BulkheadError('HOST_CALL_PATH_REFUSED', { path: longer, reason: `${target} would wait for itself` });
  if (longer.length > DEEPEST_PATH)
    throw new BulkheadError('HOST_CALL_PATH_REFUSED', {
      path: longer,
      reason: `it is more than ${DEEPEST_PATH} plugins deep`,
    });
  return longer;
}
