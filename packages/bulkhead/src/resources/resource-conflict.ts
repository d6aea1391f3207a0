import { BulkheadError, isBulkheadError } from '../errors/bulkhead-error.ts';
import { type Claim, nameOfOwner } from './claim.ts';
import type { Resource } from './resource.ts';

/** A wait ran out of time. `details` lists the holders, how long they have held the resource, and who else waits. */
export type ResourceConflictError = BulkheadError<'RESOURCE_CONFLICT'>;

/** Whether `error` says that a wait for a resource ran out of time, also if it is of another copy of the package. */
export function isResourceConflictError(error: unknown): error is ResourceConflictError {
  return isBulkheadError(error) && error.code === 'RESOURCE_CONFLICT';
}

/** @param milliseconds how long `claim` waited */
export function resourceConflict(resource: Resource, claim: Claim, milliseconds: number): ResourceConflictError {
  const now = performance.now();
  return new BulkheadError('RESOURCE_CONFLICT', {
    resource: resource.name,
    owner: nameOfOwner(claim.owner),
    milliseconds,
    holders: [...resource.holds].map(({ owner, mode, since }) => ({
      owner: nameOfOwner(owner),
      mode,
      milliseconds: now - since,
    })),
    waiting: [...resource.queue].flatMap((waiter) => (waiter === claim ? [] : [nameOfOwner(waiter.owner)])),
  });
}
