import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isBulkheadError } from '../../src/errors/bulkhead-error.ts';
import type { ResourceOwner } from '../../src/resources/claim.ts';
import type { Lease } from '../../src/resources/lease.ts';
import { ResourceManager } from '../../src/resources/resource-manager.ts';
import { ReferenceLocks, type Wanted } from './reference-locks.ts';

const CAPACITIES = { gpu: 2, memory: 5 };
/** `callee` is called by `caller`, which waits for its answer. */
const AWAITED_BY = { callee: 'caller' };

const resource = fc.constantFrom('door', 'file', 'gpu', 'memory');
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('acquire' as const),
      owner: fc.constantFrom('a', 'b', 'c', 'd', 'caller', 'callee'),
      resource,
      mode: fc.constantFrom('exclusive' as const, 'shared' as const),
      amount: fc.integer({ min: 1, max: 5 }),
      priority: fc.constantFrom(0, 0, 0, 1, 2),
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('release' as const), which: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('give up' as const), which: fc.nat() }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('crash' as const),
      owner: fc.constantFrom('a', 'b', 'c', 'd', 'caller', 'callee'),
    }),
  },
);
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

/** One schedule, run by both; they are compared after each step. */
class Run {
  readonly manager = new ResourceManager({ capacities: CAPACITIES });
  readonly reference = new ReferenceLocks(CAPACITIES, AWAITED_BY);
  readonly #owners: Readonly<Record<string, ResourceOwner>>;
  readonly #outcomes = new Map<number, Lease | string>();
  readonly #signals = new Map<number, AbortController>();
  #id = 0;

  constructor() {
    const caller = { name: 'caller' };
    this.#owners = { a: 'a', b: 'b', c: 'c', d: 'd', caller, callee: { name: 'callee', awaitedBy: caller } };
  }

  async step(taken: Step): Promise<void> {
    switch (taken.kind) {
      case 'acquire':
        await this.#acquire(taken);
        break;
      case 'release': {
        const entry = pick(this.reference.held, taken.which);
        if (entry === undefined) return;
        (this.#outcomes.get(entry.id) as Lease).release();
        this.reference.release(entry.id);
        break;
      }
      case 'give up': {
        const entry = pick(this.reference.queues, taken.which);
        if (entry === undefined) return;
        this.#signals.get(entry.id)?.abort();
        this.reference.giveUp(entry.id);
        break;
      }
      case 'crash':
        this.manager.releaseAll(this.#owners[taken.owner]!);
        this.reference.crash(taken.owner);
        break;
    }
    await this.compare();
  }

  async #acquire({ owner, resource, mode, amount, priority }: Step & { kind: 'acquire' }): Promise<void> {
    // it would not stand still, as it says of itself
    if (owner === 'caller' && this.reference.queues.some((entry) => entry.owner === 'callee')) return;
    const capacity = (CAPACITIES as Record<string, number>)[resource];
    const isCounted = mode === 'shared' && capacity !== undefined;
    const units = isCounted ? Math.min(amount, capacity) : mode === 'exclusive' ? (capacity ?? 1) : 1;
    const id = (this.#id += 1);
    const signals = new AbortController();
    this.#signals.set(id, signals);
    void this.manager
      .acquire(this.#owners[owner]!, resource, {
        mode,
        priority,
        amount: isCounted ? units : undefined,
        signal: signals.signal,
        timeout: 1_000_000,
      })
      .then(
        (lease) => this.#outcomes.set(id, lease),
        (error: unknown) => this.#outcomes.set(id, isBulkheadError(error) ? error.code : String(error)),
      );
    const wanted: Wanted = { id, owner, resource, mode, amount: units, priority };
    const expected = this.reference.acquire(wanted);
    await settled();
    if (expected === 'deadlock') expect(this.#outcomes.get(id)).toBe('RESOURCE_DEADLOCK');
  }

  async compare(): Promise<void> {
    await settled();
    const { held, queues } = this.reference;
    const isHeld = ([, outcome]: [number, Lease | string]): boolean => typeof outcome !== 'string' && outcome.isHeld;
    const ids = [...this.#outcomes].filter(isHeld).map(([id]) => id);
    expect(ids.toSorted(byNumber)).toEqual(held.map(({ id }) => id).toSorted(byNumber));
    for (const { name, holders, waiting } of this.manager.status()) {
      expect(waiting.map(({ owner }) => owner)).toEqual(
        queues.filter((entry) => entry.resource === name).map(({ owner }) => owner),
      );
      // what must never be, said without the reference
      const exclusive = holders.filter(({ mode }) => mode === 'exclusive');
      expect(exclusive.length === 0 || holders.length === 1, `${name} is held alone`).toBe(true);
      const used = holders.reduce((sum, { amount }) => sum + amount, 0);
      const capacity = (CAPACITIES as Record<string, number>)[name];
      if (capacity !== undefined) expect(used).toBeLessThanOrEqual(capacity);
      if (holders.length === 0) expect(waiting).toEqual([]);
    }
  }

  /** Everybody ends: then nothing may be left, and nobody may still wait. */
  async end(): Promise<void> {
    for (const owner of Object.values(this.#owners)) this.manager.releaseAll(owner);
    await settled();
    expect(this.#outcomes.size).toBe(this.#id);
    const untouched = { holders: [], waiting: [] };
    expect(this.manager.status()).toEqual([
      { name: 'gpu', capacity: 2, ...untouched },
      { name: 'memory', capacity: 5, ...untouched },
    ]);
  }
}

test('random schedules with crashes go as the simple reference says', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 60 }), async (steps) => {
      const run = new Run();
      for (const taken of steps) await run.step(taken);
      await run.end();
    }),
    { numRuns: 500 },
  );
});

test('a token is larger than all before it, and one hold has one', async () => {
  const wanted = fc.record({ owner: fc.constantFrom('a', 'b'), resource, releaseFirst: fc.boolean() });
  await fc.assert(
    fc.asyncProperty(fc.array(wanted, { maxLength: 30 }), async (all) => {
      const manager = new ResourceManager();
      const leases: Lease[] = [];
      let largest = 0;
      for (const { owner, resource, releaseFirst } of all) {
        if (releaseFirst) leases.shift()?.release();
        const nested = leases.find((lease) => lease.isHeld && lease.resource === resource && lease.owner === owner);
        const lease = await manager.acquire(owner, resource, { timeout: 0 }).catch(() => undefined);
        if (lease === undefined) continue;
        leases.push(lease);
        if (nested === undefined) expect(lease.token).toBeGreaterThan(largest);
        else expect(lease.token).toBe(nested.token);
        largest = Math.max(largest, lease.token);
      }
    }),
  );
});

function pick<Value>(all: readonly Value[], which: number): Value | undefined {
  return all[which % Math.max(all.length, 1)];
}

function byNumber(a: number, b: number): number {
  return a - b;
}

/** Promises that are settled have told those who wait. */
async function settled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}
