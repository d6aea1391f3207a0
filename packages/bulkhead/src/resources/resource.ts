import { type Claim, coveringHold } from './claim.ts';
import type { Contended } from './deadlock.ts';
import { FairQueue } from './fair-queue.ts';
import type { Hold } from './lease.ts';
import { Occupancy } from './occupancy.ts';
import type { Waiter } from './waiter.ts';

/** One named resource: who holds it and who waits. */
export class Resource implements Contended {
  readonly name: string;
  readonly capacity: number | undefined;
  readonly holds: Set<Hold> = new Set();
  readonly queue: FairQueue<Waiter> = new FairQueue();
  readonly #occupancy: Occupancy;

  constructor(name: string, capacity: number | undefined) {
    this.name = name;
    this.capacity = capacity;
    this.#occupancy = new Occupancy(capacity);
  }

  get isIdle(): boolean {
    return this.holds.size === 0 && this.queue.size === 0;
  }

  /** Whether the claim fits now and no other waits before it. */
  isFreeFor(claim: Claim): boolean {
    return this.queue.size === 0 && this.#occupancy.admits(claim);
  }

  /** The hold of the same owner that covers the claim. */
  heldAlready(claim: Claim): Hold | undefined {
    return coveringHold(claim, this.holds, this.capacity);
  }

  take({ owner, mode, amount }: Claim, token: number): Hold {
    const hold: Hold = { owner, mode, amount, token, since: performance.now(), leases: 0 };
    this.holds.add(hold);
    this.#occupancy.add(hold);
    return hold;
  }

  free(hold: Hold): void {
    this.holds.delete(hold);
    this.#occupancy.remove(hold);
  }

  /** Takes the head of the queue if it fits; later ones wait even if they would fit. */
  next(): Waiter | undefined {
    const { head } = this.queue;
    if (head === undefined || !this.#occupancy.admits(head)) return undefined;
    this.queue.delete(head);
    return head;
  }
}
