/**
 * What ResourceManager promises, written down as simply as possible: lists that are searched from end to end, and a deadlock
 * found by trying out on a copy. Slow, and easy to believe.
 */
export interface Entry {
  /** Of the acquire that it comes from. */
  readonly id: number;
  readonly owner: string;
  readonly resource: string;
  readonly mode: 'exclusive' | 'shared';
  readonly amount: number;
  readonly priority: number;
  overtaken: number;
}

export type Wanted = Omit<Entry, 'overtaken'>;

const MOST_OVERTAKINGS = 8;

export class ReferenceLocks {
  readonly capacities: Readonly<Record<string, number>>;
  /** Who stands still until whom has ended. */
  readonly awaitedBy: Readonly<Record<string, string>>;
  held: Entry[];
  queues: Entry[];

  constructor(
    capacities: Readonly<Record<string, number>>,
    awaitedBy: Readonly<Record<string, string>>,
    held: readonly Entry[] = [],
    queues: readonly Entry[] = [],
  ) {
    this.capacities = capacities;
    this.awaitedBy = awaitedBy;
    this.held = [...held];
    this.queues = queues.map((entry) => ({ ...entry }));
  }

  acquire(wanted: Wanted): 'held' | 'waits' | 'deadlock' {
    const entry = { ...wanted, overtaken: 0 };
    if (this.#getAgain(entry)) return 'held';
    const before = new ReferenceLocks(this.capacities, this.awaitedBy, this.held, this.queues);
    this.#enqueue(entry);
    this.#serve();
    if (this.#canFinish(entry)) return this.held.includes(entry) ? 'held' : 'waits';
    // it is refused, and leaves no trace but that it has overtaken
    this.held = before.held;
    this.queues = before.queues.map((other) => ({
      ...other,
      overtaken: this.queues.find(({ id }) => id === other.id)?.overtaken ?? other.overtaken,
    }));
    return 'deadlock';
  }

  release(id: number): void {
    this.held = this.held.filter((entry) => entry.id !== id);
    this.#serve();
  }

  giveUp(id: number): void {
    this.queues = this.queues.filter((entry) => entry.id !== id);
    this.#serve();
  }

  crash(owner: string): void {
    this.queues = this.queues.filter((entry) => entry.owner !== owner);
    this.held = this.held.filter((entry) => entry.owner !== owner);
    this.#serve();
  }

  #enqueue(entry: Entry): void {
    let place = this.queues.length;
    for (let index = place - 1; index >= 0; index -= 1) {
      const other = this.queues[index]!;
      if (other.resource !== entry.resource) continue;
      if (other.priority >= entry.priority || other.overtaken >= MOST_OVERTAKINGS) break;
      other.overtaken += 1;
      place = index;
    }
    this.queues.splice(place, 0, entry);
  }

  #serve(): void {
    const blocked = new Set<string>();
    for (const entry of this.queues.slice()) {
      if (this.#getAgain(entry)) {
        this.queues.splice(this.queues.indexOf(entry), 1);
      } else if (!blocked.has(entry.resource) && this.#fits(entry)) {
        this.queues.splice(this.queues.indexOf(entry), 1);
        this.held.push(entry);
      } else blocked.add(entry.resource);
    }
  }

  /** Another lease of what its owner has: as exclusive as that, until the last one is released. */
  #getAgain(entry: Entry): boolean {
    const { owner, resource, mode } = entry;
    const had = this.held.find(
      (other) =>
        other.owner === owner &&
        other.resource === resource &&
        (other.mode === 'exclusive' || (mode === 'shared' && this.capacities[resource] === undefined)),
    );
    if (had !== undefined) this.held.push({ ...entry, mode: had.mode });
    return had !== undefined;
  }

  #fits({ resource, mode, amount }: Entry): boolean {
    const holders = this.held.filter((other) => other.resource === resource);
    if (holders.length === 0) return true;
    if (mode === 'exclusive' || holders.some((other) => other.mode === 'exclusive')) return false;
    const used = holders.reduce((sum, other) => sum + other.amount, 0);
    return used + amount <= (this.capacities[resource] ?? Number.POSITIVE_INFINITY);
  }

  /** Lets everybody end who does not stand still, again and again, and looks whether the owner stands still. */
  #canFinish({ owner: waiting }: Entry): boolean {
    const future = new ReferenceLocks(this.capacities, this.awaitedBy, this.held, this.queues);
    for (;;) {
      const running = future.held.map(({ owner }) => owner).filter((owner) => !future.#standsStill(owner));
      if (running.length === 0) return !future.#standsStill(waiting);
      for (const owner of running) future.crash(owner);
    }
  }

  #standsStill(owner: string): boolean {
    if (this.queues.some((entry) => entry.owner === owner)) return true;
    return Object.entries(this.awaitedBy).some(([called, by]) => by === owner && this.#standsStill(called));
  }
}
