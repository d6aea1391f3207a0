import type { DeadlockStep } from '../errors/catalogue/resources.ts';
import { awaiterOf, type Claim, coveringHold, nameOfOwner, type ResourceOwner } from './claim.ts';
import { Occupancy } from './occupancy.ts';

/** What the search needs of a resource; `queue` in the order in which it is served. */
export interface Contended {
  readonly name: string;
  readonly capacity: number | undefined;
  readonly holds: Iterable<Claim>;
  readonly queue: Iterable<Claim>;
}

/**
 * The circle in which `owner` waits for itself, beginning with it; undefined if it can get on.
 *
 * It plays the future: owners that do not wait release all that they hold, the next in line gets it, and so on. Owners that still
 * wait at the end would wait for ever. Unlike a search for circles alone, this is right for counted resources too, where it takes
 * only one of several holders to release. It looks at each claim once.
 */
export function findDeadlock(
  resources: Iterable<Contended>,
  owner: ResourceOwner,
): readonly DeadlockStep[] | undefined {
  const future = new Future(resources);
  future.playOn();
  return future.standsStill(owner) ? describe(shortestCircle(owner, future.resources)) : undefined;
}

/** The resources as they develop when owners release what they hold. */
class Future {
  readonly resources: readonly ResourceToCome[];
  /** Number of waits for which each owner stands still: its own, and those of the calls that it waits for. */
  readonly #waits = new Map<ResourceOwner, number>();
  readonly #holds = new Map<ResourceOwner, { readonly resource: ResourceToCome; readonly claim: Claim }[]>();

  constructor(resources: Iterable<Contended>) {
    this.resources = [...resources].map((resource) => new ResourceToCome(resource));
    for (const resource of this.resources) {
      for (const claim of resource.holds) this.#hold(resource, claim);
      for (const { owner } of resource.queue)
        for (const waiting of withAwaiters(owner)) this.#waits.set(waiting, (this.#waits.get(waiting) ?? 0) + 1);
    }
  }

  standsStill(owner: ResourceOwner): boolean {
    return (this.#waits.get(owner) ?? 0) > 0;
  }

  playOn(): void {
    const ending = [...this.#holds.keys()].filter((owner) => !this.standsStill(owner));
    for (const resource of this.resources) ending.push(...this.#serve(resource));
    for (let owner = ending.pop(); owner !== undefined; owner = ending.pop()) {
      const holds = this.#holds.get(owner) ?? [];
      this.#holds.delete(owner);
      for (const { resource, claim } of holds) {
        resource.free(claim);
        ending.push(...this.#serve(resource));
      }
    }
  }

  /** @returns the owners that can go on now */
  #serve(resource: ResourceToCome): readonly ResourceOwner[] {
    return resource.serve().flatMap((claim) => {
      this.#hold(resource, claim);
      return withAwaiters(claim.owner).filter((waiting) => this.#waitsLeft(waiting) === 0);
    });
  }

  /** One of the waits is over for which `owner` stood still. @returns how many are left */
  #waitsLeft(owner: ResourceOwner): number {
    const left = (this.#waits.get(owner) ?? 0) - 1;
    this.#waits.set(owner, left);
    return left;
  }

  #hold(resource: ResourceToCome, claim: Claim): void {
    const known = this.#holds.get(claim.owner);
    if (known === undefined) this.#holds.set(claim.owner, [{ resource, claim }]);
    else known.push({ resource, claim });
  }
}

class ResourceToCome {
  readonly name: string;
  readonly holds: Set<Claim>;
  readonly queue: Claim[];
  readonly #capacity: number | undefined;
  readonly #occupancy: Occupancy;

  constructor({ name, capacity, holds, queue }: Contended) {
    this.name = name;
    this.holds = new Set(holds);
    this.queue = [...queue];
    this.#capacity = capacity;
    this.#occupancy = new Occupancy(capacity);
    for (const claim of this.holds) this.#occupancy.add(claim);
  }

  /** A claim that another one covers has taken nothing. */
  free(claim: Claim): void {
    if (this.holds.delete(claim)) this.#occupancy.remove(claim);
  }

  /** @returns the claims that are granted now, in order */
  serve(): readonly Claim[] {
    const granted: Claim[] = [];
    for (let [head] = this.queue; head !== undefined && this.#occupancy.admits(head); [head] = this.queue) {
      this.queue.shift();
      this.holds.add(head);
      this.#occupancy.add(head);
      granted.push(head, ...this.#takeCovered(head));
    }
    return granted;
  }

  /** The holders, unless the claim would fit and only waits for those ahead of it in the queue. */
  inTheWayOf(claim: Claim): readonly Claim[] {
    return this.#occupancy.admits(claim) ? [] : [...this.holds];
  }

  #takeCovered(hold: Claim): readonly Claim[] {
    const covered = this.queue.filter((claim) => coveringHold(claim, [hold], this.#capacity) !== undefined);
    for (const claim of covered) this.queue.splice(this.queue.indexOf(claim), 1);
    return covered;
  }
}

/** The owners that stand still while `owner` waits. */
function withAwaiters(owner: ResourceOwner): readonly ResourceOwner[] {
  const all = new Set<ResourceOwner>();
  for (let next: ResourceOwner | undefined = owner; next !== undefined && !all.has(next); next = awaiterOf(next))
    all.add(next);
  return [...all];
}

/** `to` keeps `from` waiting. */
interface Link {
  readonly from: ResourceOwner;
  readonly to: ResourceOwner;
  readonly resource: string;
  readonly because: 'holds' | 'is ahead' | 'is called';
}

/** Searches breadth first. A circle beside `start` exists only if an owner went on although it was said to stand still. */
function shortestCircle(start: ResourceOwner, resources: readonly ResourceToCome[]): readonly Link[] {
  const paths: (readonly Link[])[] = [[]];
  const seen = new Set<ResourceOwner>();
  let elsewhere: readonly Link[] = [];
  for (const path of paths) {
    const end = path.at(-1)?.to ?? start;
    if (path.length > 0 && end === start) return path;
    const again = path.findIndex(({ from }) => from === end);
    if (again >= 0 && elsewhere.length === 0) elsewhere = path.slice(again);
    if (seen.has(end)) continue;
    seen.add(end);
    for (const link of linksFrom(end, resources)) paths.push([...path, link]);
  }
  return elsewhere;
}

function linksFrom(from: ResourceOwner, resources: readonly ResourceToCome[]): readonly Link[] {
  return resources.flatMap((resource) => {
    const link = (to: ResourceOwner, because: Link['because']): Link => ({
      from,
      to,
      resource: resource.name,
      because,
    });
    const { queue } = resource;
    const place = queue.findLastIndex(({ owner }) => owner === from);
    const wanted = queue[place];
    const holders = wanted === undefined ? [] : resource.inTheWayOf(wanted);
    const ahead = queue.slice(0, Math.max(place, 0)).filter(({ owner }) => owner !== from);
    const called = queue.filter(({ owner }) => owner !== from && withAwaiters(owner).includes(from));
    return [
      ...holders.map(({ owner }) => link(owner, 'holds')),
      ...ahead.map(({ owner }) => link(owner, 'is ahead')),
      ...called.map(({ owner }) => link(owner, 'is called')),
    ];
  });
}

function describe(circle: readonly Link[]): readonly DeadlockStep[] {
  return circle.map(({ from, to, resource, because }, index) => {
    const before = circle.at(index - 1);
    const name = nameOfOwner(to);
    return {
      owner: nameOfOwner(from),
      holds: before?.because === 'holds' ? before.resource : undefined,
      waitsFor:
        because === 'is called' ? `the end of ${name}` : `${resource}${because === 'holds' ? '' : ` behind ${name}`}`,
    };
  });
}
