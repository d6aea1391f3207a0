import { BulkheadError } from '../errors/bulkhead-error.ts';
import { guardedMethods } from '../lifecycle/guarded.ts';
import { type AcquireOptions, claimOf } from './acquire-options.ts';
import { awaiterOf, type Claim, nameOfOwner, type ResourceOwner } from './claim.ts';
import { findDeadlock } from './deadlock.ts';
import { type Hold, Lease, type LeaseOutcome } from './lease.ts';
import { resourceConflict } from './resource-conflict.ts';
import { RESOURCE_EVENTS, type ResourceObserver } from './resource-observer.ts';
import { type ResourceStatus, statusOf } from './resource-status.ts';
import { Resource } from './resource.ts';
import { Waiter } from './waiter.ts';

const DEFAULT_TIMEOUT = 5_000;
/** Tokens start from the time of day in microseconds, so that a restarted host gives larger ones than before. */
const TOKENS_A_MILLISECOND = 1_000;

export interface ResourceManagerOptions {
  /** Units of each resource that has more than one. */
  readonly capacities?: Readonly<Record<string, number>>;
  readonly observer?: Partial<ResourceObserver>;
}

/** An owner's leases and waits, so that ending them needs no search. */
interface OwnerRecord {
  readonly leases: Set<Lease>;
  readonly waits: Map<Waiter, Resource>;
}

/**
 * Leases on named resources, within one host. A name needs no declaration: one owner has it exclusively, or any number share it.
 *
 * Fair: it serves only the head of the queue; higher priority first, then first come, first served; a wait that was overtaken often
 * enough keeps its place. Re-entrant: an owner that has all of a resource gets it again at once, under the same token, and so does
 * one that shares a resource without capacity; of a resource with a capacity, asking again takes more units. It refuses a wait that
 * could never end when it begins.
 */
export class ResourceManager implements Disposable {
  readonly #capacities: ReadonlyMap<string, number>;
  readonly #observer: ResourceObserver;
  /** Those with holders or waiting owners. */
  readonly #resources = new Map<string, Resource>();
  readonly #owners = new Map<ResourceOwner, OwnerRecord>();
  #token = Date.now() * TOKENS_A_MILLISECOND;
  #isClosed = false;

  /** @throws BulkheadError `ARGUMENT_INVALID` */
  constructor({ capacities = {}, observer = {} }: ResourceManagerOptions = {}) {
    for (const [name, capacity] of Object.entries(capacities)) {
      if (Number.isSafeInteger(capacity) && capacity > 0) continue;
      const reason = `the capacity of "${name}" is a whole number from 1 on, not ${String(capacity)}`;
      throw new BulkheadError('ARGUMENT_INVALID', { argument: 'capacities', reason });
    }
    this.#capacities = new Map(Object.entries(capacities));
    this.#observer = guardedMethods(observer, RESOURCE_EVENTS, 'the observer given to ResourceManager');
  }

  /**
   * Waits for a lease on the resource.
   *
   * @throws BulkheadError `RESOURCE_CONFLICT` when the time is over, `RESOURCE_DEADLOCK`, `RESOURCE_WAIT_ENDED`, `ARGUMENT_INVALID`
   */
  async acquire(owner: ResourceOwner, name: string, options: AcquireOptions = {}): Promise<Lease> {
    const claim = claimOf(owner, name, options, this.#capacities);
    const { timeout = DEFAULT_TIMEOUT, priority = 0, ttl, signal } = options;
    if (this.#isClosed) throw waitEnded(name, owner, 'the resource manager is closed');
    if (signal?.aborted === true) throw waitEnded(name, owner, ABORTED, signal.reason);
    const resource = this.#resources.get(name) ?? new Resource(name, this.#capacities.get(name));
    const again = resource.heldAlready(claim);
    if (again !== undefined) return this.#lease(resource, again, ttl, 0);
    const isWaiting = (this.#owners.get(owner)?.waits.size ?? 0) > 0;
    if (!isWaiting && resource.isFreeFor(claim)) return this.#grant(resource, claim, ttl, 0);
    const waiter = new Waiter(claim, priority, ttl);
    this.#await(resource, waiter, timeout, signal);
    return await waiter.lease;
  }

  /** Ends the owner's leases and refuses its waits. */
  releaseAll(owner: ResourceOwner): void {
    const record = this.#owners.get(owner);
    if (record === undefined) return;
    // First, or the leases that end would go to the owner's own waits.
    this.#refuseWaits(record, `${nameOfOwner(owner)} has ended`);
    for (const lease of record.leases) lease.end('owner_ended');
  }

  /** Every resource that is declared, held or waited for. */
  status(): readonly ResourceStatus[] {
    const idle = [...this.#capacities].filter(([name]) => !this.#resources.has(name));
    return [...idle.map(([name, capacity]) => new Resource(name, capacity)), ...this.#resources.values()].map(statusOf);
  }

  /** Ends all waits and leases, and refuses new ones. Idempotent. */
  close(): void {
    this.#isClosed = true;
    for (const record of this.#owners.values()) this.#refuseWaits(record, 'the resource manager is closed');
    for (const { leases } of this.#owners.values()) for (const lease of leases) lease.end('owner_ended');
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #grant(resource: Resource, claim: Claim, ttl: number | undefined, waited: number): Lease {
    this.#resources.set(resource.name, resource);
    this.#token += 1;
    return this.#lease(resource, resource.take(claim, this.#token), ttl, waited);
  }

  #lease(resource: Resource, hold: Hold, ttl: number | undefined, waited: number): Lease {
    hold.leases += 1;
    const lease = new Lease(resource.name, hold, ttl, this.#onLeaseEnded);
    this.#record(hold.owner).leases.add(lease);
    this.#observer.leaseGranted(resource.name, nameOfOwner(hold.owner), waited);
    return lease;
  }

  readonly #onLeaseEnded = (lease: Lease, hold: Hold, outcome: LeaseOutcome): void => {
    const resource = this.#resources.get(lease.resource)!;
    const record = this.#record(hold.owner);
    record.leases.delete(lease);
    this.#forgetIfIdle(hold.owner, record);
    this.#observer.leaseEnded(lease.resource, nameOfOwner(hold.owner), outcome, performance.now() - hold.since);
    hold.leases -= 1;
    if (hold.leases > 0) return;
    resource.free(hold);
    this.#serve(resource);
  };

  #await(resource: Resource, waiter: Waiter, timeout: number, signal: AbortSignal | undefined): void {
    this.#resources.set(resource.name, resource);
    const record = this.#record(waiter.owner);
    record.waits.set(waiter, resource);
    const isLast = resource.queue.add(waiter);
    const cycle = this.#deadlock(waiter, isLast, record);
    if (cycle !== undefined) {
      // With no time to wait, the holders are the better answer than a circle.
      if (timeout === 0 && resource.holds.size > 0) return this.#refuseAtOnce(resource, waiter);
      const details = { owner: nameOfOwner(waiter.owner), resource: resource.name, cycle };
      return this.#refuse(resource, waiter, 'deadlock', new BulkheadError('RESOURCE_DEADLOCK', details));
    }
    this.#serve(resource); // its priority may have put it before one that doesn't fit yet
    if (!record.waits.has(waiter)) return;
    if (timeout === 0) return this.#refuseAtOnce(resource, waiter);
    this.#observer.waitBegan(resource.name, nameOfOwner(waiter.owner));
    waiter.limit({
      timeout,
      signal,
      giveUp: (because) => {
        if (because === 'timeout') return this.#refuse(resource, waiter, 'conflict');
        this.#refuse(resource, waiter, 'ended', waitEnded(resource.name, waiter.owner, ABORTED, signal?.reason));
      },
    });
  }

  #deadlock(waiter: Waiter, isLast: boolean, { leases, waits }: OwnerRecord): ReturnType<typeof findDeadlock> {
    const isOutermost = awaiterOf(waiter.owner) === undefined;
    const isWaitedFor = (lease: Lease): boolean => this.#resources.get(lease.resource)!.queue.size > 0;
    // No other owner waits for this one: the usual case, which must stay cheap for thousands of waits.
    if (isLast && isOutermost && waits.size === 1 && ![...leases].some(isWaitedFor)) return undefined;
    const contended = [...this.#resources.values()].filter(({ queue }) => queue.size > 0);
    return findDeadlock(contended, waiter.owner);
  }

  #serve(resource: Resource): void {
    while (!this.#isClosed) {
      const waiter = resource.next();
      if (waiter === undefined) break;
      const { waits } = this.#record(waiter.owner);
      waits.delete(waiter);
      waiter.grant(this.#grant(resource, waiter, waiter.ttl, performance.now() - waiter.since));
      for (const [other, at] of waits) if (at === resource) this.#grantAgain(resource, other, waits);
    }
    if (resource.isIdle) this.#resources.delete(resource.name);
  }

  /** Grants the second of two waits of one owner, which the first one covers. */
  #grantAgain(resource: Resource, waiter: Waiter, waits: Map<Waiter, Resource>): void {
    const hold = resource.heldAlready(waiter);
    if (hold === undefined) return;
    resource.queue.delete(waiter);
    waits.delete(waiter);
    waiter.grant(this.#lease(resource, hold, waiter.ttl, performance.now() - waiter.since));
  }

  #refuseWaits({ waits }: OwnerRecord, reason: string): void {
    // All at once: otherwise refusing one would make room for the next of the same owner.
    for (const [waiter, resource] of waits) resource.queue.delete(waiter);
    for (const [waiter, resource] of waits)
      this.#refuse(resource, waiter, 'ended', waitEnded(resource.name, waiter.owner, reason));
  }

  #refuseAtOnce(resource: Resource, waiter: Waiter): void {
    this.#refuse(resource, waiter, 'conflict', resourceConflict(resource, waiter, 0));
  }

  #refuse(
    resource: Resource,
    waiter: Waiter,
    reason: 'conflict' | 'deadlock' | 'ended',
    error: BulkheadError = resourceConflict(resource, waiter, performance.now() - waiter.since),
  ): void {
    resource.queue.delete(waiter);
    const record = this.#record(waiter.owner);
    record.waits.delete(waiter);
    this.#forgetIfIdle(waiter.owner, record);
    this.#observer.leaseRefused(resource.name, nameOfOwner(waiter.owner), reason, performance.now() - waiter.since);
    waiter.refuse(error);
    this.#serve(resource); // those behind it may fit now
  }

  #record(owner: ResourceOwner): OwnerRecord {
    const known = this.#owners.get(owner);
    if (known !== undefined) return known;
    const record: OwnerRecord = { leases: new Set(), waits: new Map() };
    this.#owners.set(owner, record);
    return record;
  }

  #forgetIfIdle(owner: ResourceOwner, { leases, waits }: OwnerRecord): void {
    if (leases.size === 0 && waits.size === 0) this.#owners.delete(owner);
  }
}

const ABORTED = 'its signal was aborted';

function waitEnded(resource: string, owner: ResourceOwner, reason: string, cause?: unknown): BulkheadError {
  const details = { resource, owner: nameOfOwner(owner), reason };
  return new BulkheadError('RESOURCE_WAIT_ENDED', details, cause === undefined ? {} : { cause });
}
