import { BulkheadError } from '../errors/bulkhead-error.ts';
import { checkOptions } from '../errors/check-options.ts';
import { checkSignal } from '../errors/check-signal.ts';
import { isRecord } from '../lifecycle/is-record.ts';
import { nearestName } from '../lifecycle/nearest-name.ts';
import type { Claim, LeaseMode, ResourceOwner } from './claim.ts';

export interface AcquireOptions {
  /** Longest wait in milliseconds; 5,000 unless given. 0: now or not at all. */
  readonly timeout?: number | undefined;
  /** `exclusive` unless given; `shared` where the resource has a capacity, or an amount is given. */
  readonly mode?: LeaseMode | undefined;
  /** Units of the capacity, with `shared`; 1 unless given. */
  readonly amount?: number | undefined;
  /** Higher ones go first; 0 unless given. */
  readonly priority?: number | undefined;
  /** Milliseconds until the lease ends by itself. Without it the lease lasts until it is released or its owner ends. */
  readonly ttl?: number | undefined;
  /** Ends the wait when it is aborted. Give a call's own signal, so that it gets no lease after its end. */
  readonly signal?: AbortSignal | undefined;
}

const OPTIONS: Readonly<Record<keyof AcquireOptions, true>> = {
  timeout: true,
  mode: true,
  amount: true,
  priority: true,
  ttl: true,
  signal: true,
};

/** The longest that JavaScript's timers hold. */
const LONGEST = 2 ** 31 - 1;
const LONGEST_NAME = 200;

/** @throws BulkheadError `ARGUMENT_INVALID` */
export function claimOf(
  owner: ResourceOwner,
  name: string,
  options: AcquireOptions,
  capacities: ReadonlyMap<string, number>,
): Claim {
  checkOwner(owner);
  if (typeof name !== 'string' || name.length < 1 || name.length > LONGEST_NAME)
    throw invalid('name', `the name of a resource is a text of 1 to ${LONGEST_NAME} characters`);
  checkOptions(options, OPTIONS, 'acquire');
  const capacity = capacities.get(name);
  const { amount, mode = capacity === undefined && amount === undefined ? 'exclusive' : 'shared' } = options;
  checkMilliseconds('timeout', options.timeout, 0);
  checkMilliseconds('ttl', options.ttl, 1);
  checkSignal(options.signal);
  if (options.priority !== undefined && !Number.isFinite(options.priority))
    throw invalid('priority', `${String(options.priority)} is not a finite number`);
  if (mode !== 'exclusive' && mode !== 'shared') throw invalid('mode', `expected exclusive or shared, found ${mode}`);
  if (mode === 'exclusive') {
    if (amount !== undefined)
      throw invalid('amount', 'an exclusive lease is of the whole resource; leave one of the two out');
    return { owner, mode, amount: capacity ?? 1 };
  }
  if (amount !== undefined) checkAmount(name, amount, capacity, capacities);
  return { owner, mode, amount: amount ?? 1 };
}

/** The name is read later, too, by timers that write leases down: what has none is refused while there is a caller. */
function checkOwner(owner: unknown): void {
  const name: unknown = isRecord(owner) ? owner['name'] : owner;
  if (typeof name !== 'string') throw invalid('owner', 'expected a text, or an object with a `name`');
}

function checkAmount(
  name: string,
  amount: number,
  capacity: number | undefined,
  capacities: ReadonlyMap<string, number>,
): void {
  if (!Number.isSafeInteger(amount) || amount < 1)
    throw invalid('amount', `${String(amount)} is not a number of units`);
  if (capacity === undefined) {
    const nearest = nearestName(name, capacities.keys());
    const meant = nearest === undefined ? '' : `; did you mean "${nearest}"?`;
    throw invalid('amount', `resource "${name}" has no declared capacity of which to have ${amount}${meant}`);
  }
  if (amount > capacity) throw invalid('amount', `resource "${name}" has ${capacity}, never ${amount}`);
}

function checkMilliseconds(argument: string, value: number | undefined, least: number): void {
  if (value !== undefined && !(value >= least && value <= LONGEST))
    throw invalid(argument, `${String(value)} is not a number of milliseconds between ${least} and 2^31`);
}

function invalid(argument: string, reason: string): BulkheadError {
  return new BulkheadError('ARGUMENT_INVALID', { argument, reason });
}
