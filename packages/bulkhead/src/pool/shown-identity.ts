import type { FailureContext } from '../errors/bulkhead-error.ts';
import type { InstanceIdentity } from '../launcher/running-instance.ts';

/** An instance as it stands in the context of an error. */
export function shownIdentity({
  name,
  generation,
  process,
}: InstanceIdentity): NonNullable<FailureContext['instance']> {
  return { name, generation, ...(process === undefined ? {} : { pid: process.pid }) };
}
