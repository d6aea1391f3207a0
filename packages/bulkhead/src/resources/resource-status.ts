import type { LeaseMode } from './claim.ts';
import { nameOfOwner } from './claim.ts';
import type { Resource } from './resource.ts';

/** A resource now. Owners by name, times in milliseconds. */
export interface ResourceStatus {
  readonly name: string;
  readonly capacity: number | undefined;
  readonly holders: readonly HolderStatus[];
  /** In the order in which they will be served. */
  readonly waiting: readonly WaiterStatus[];
}

export interface HolderStatus {
  readonly owner: string;
  readonly mode: LeaseMode;
  readonly amount: number;
  readonly token: number;
  readonly held: number;
}

export interface WaiterStatus {
  readonly owner: string;
  readonly mode: LeaseMode;
  readonly amount: number;
  readonly priority: number;
  readonly waited: number;
}

export function statusOf({ name, capacity, holds, queue }: Resource): ResourceStatus {
  const now = performance.now();
  return {
    name,
    capacity,
    holders: [...holds].map(({ owner, mode, amount, token, since }) => ({
      owner: nameOfOwner(owner),
      mode,
      amount,
      token,
      held: now - since,
    })),
    waiting: [...queue].map(({ owner, mode, amount, priority, since }) => ({
      owner: nameOfOwner(owner),
      mode,
      amount,
      priority,
      waited: now - since,
    })),
  };
}
