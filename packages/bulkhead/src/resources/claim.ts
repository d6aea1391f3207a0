/**
 * One line of work that holds and waits, such as a call of a plugin, or one job of the host. It is assumed to stand still while it
 * waits. Compared as Map keys: an object equals only itself, and equal texts are the same owner.
 */
export type ResourceOwner = string | OwnerDescription;

export interface OwnerDescription {
  /** For people, such as `text_tools.execute`. */
  readonly name: string;
  /** The owner that stands still until this one ends: the call that waits for this call's answer. */
  readonly awaitedBy?: ResourceOwner | undefined;
}

/** `exclusive`: alone; `shared`: together with others, as far as the capacity goes. */
export type LeaseMode = 'exclusive' | 'shared';

/** What an owner holds or waits for of one resource. */
export interface Claim {
  readonly owner: ResourceOwner;
  readonly mode: LeaseMode;
  /** Units of the capacity; without a declared capacity it means nothing. */
  readonly amount: number;
}

export function nameOfOwner(owner: ResourceOwner): string {
  return typeof owner === 'string' ? owner : owner.name;
}

export function awaiterOf(owner: ResourceOwner): ResourceOwner | undefined {
  return typeof owner === 'string' ? undefined : owner.awaitedBy;
}

/**
 * Finds the hold that already covers a claim of its owner: all of the resource, or a share of one without a capacity. With a capacity
 * there is none, because asking again takes more units.
 */
export function coveringHold<Hold extends Claim>(
  { owner, mode }: Claim,
  holds: Iterable<Hold>,
  capacity: number | undefined,
): Hold | undefined {
  for (const hold of holds) {
    if (hold.owner !== owner) continue;
    if (hold.mode === 'exclusive' || (mode === 'shared' && capacity === undefined)) return hold;
  }
  return undefined;
}
