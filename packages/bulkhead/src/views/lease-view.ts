import type { HostedResource } from '../manager/noted-leases.ts';
import type { JsonObject } from './json-object.ts';

/** The holders and waiting owners of a resource; `since` in milliseconds of the epoch. */
export function leaseView({ name, capacity, holders, waiting, host }: HostedResource): JsonObject {
  return { name, capacity, holders, waiting, host };
}
