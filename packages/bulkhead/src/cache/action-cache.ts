import { LRUCache } from 'lru-cache';
import { BulkheadError } from '../errors/bulkhead-error.ts';
import { checkSignal } from '../errors/check-signal.ts';
import { copyValue, UncopyableError } from '../lifecycle/copy-value.ts';
import { guardedMethods } from '../lifecycle/guarded.ts';
import { CacheKeys } from './cache-keys.ts';
import { CACHE_EVENTS, type CacheObserver } from './cache-observer.ts';
import { SingleFlight } from './single-flight.ts';
import { memorySize } from './memory-size.ts';

/** Memory of an entry besides its value: key, places in the maps. */
const ENTRY_BYTES = 256;

/** How long, and how much of an action's answers, the cache keeps. */
export interface CachePolicy {
  /** Milliseconds, counted from the answer. */
  readonly ttl: number;
  readonly maxEntries: number;
  /** Approximate memory. */
  readonly maxBytes: number;
}

export interface ActionCacheOptions {
  readonly plugin: string;
  readonly action: string;
  readonly policy: CachePolicy;
  readonly observer?: Partial<CacheObserver> | undefined;
  /** Milliseconds of a clock that never goes back; `performance.now` unless given. */
  readonly now?: (() => number) | undefined;
}

export interface AnswerOptions {
  /** Ends this caller's wait. The call itself ends when the last caller has gone. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Whether this caller may wait for an equal call under way, and others for this one; true unless given. Give false for a call that
   * is made inside another one: two calls that each wait for one that the other began would wait for ever.
   */
  readonly mayJoin?: boolean | undefined;
  /** The caller's time limit in milliseconds. Only calls of the same limit share one call, because they share its failure. */
  readonly timeout?: number | undefined;
  /** Whether nobody changes the input until the answer is there. It is copied otherwise. */
  readonly isFixed?: boolean | undefined;
}

/**
 * Makes the call; the signal is aborted when the last caller has gone. `input` is a copy, unless the original is fixed: if the caller
 * changes that meanwhile, the answer still belongs to the key under which it is kept.
 */
export type CachedCall = (signal: AbortSignal, input: unknown) => Promise<unknown>;

interface Kept {
  readonly value: unknown;
  readonly bytes: number;
  readonly expires: number;
}

/** The answer of one call, for all its callers. */
interface SharedAnswer {
  readonly value: unknown;
  /** The copy from which every other caller gets a copy; undefined if the answer can't be copied. */
  readonly kept: Kept | undefined;
  isTaken: boolean;
}

/**
 * Keeps the answers of one action that declares itself pure. Equal calls at the same time are one call. Each caller gets a copy of its
 * own. Failures are not kept, nor answers that can't be copied, such as streams.
 */
export class ActionCache {
  readonly #plugin: string;
  readonly #action: string;
  readonly #policy: CachePolicy;
  readonly #observer: CacheObserver;
  readonly #now: () => number;
  readonly #keys = new CacheKeys();
  readonly #entries: LRUCache<string, Kept>;
  readonly #flights = new Map<string, SingleFlight<SharedAnswer>>();
  /** Grows with each `clear`. */
  #epoch = 0;

  /** @throws BulkheadError `ARGUMENT_INVALID` */
  constructor({ plugin, action, policy, observer = {}, now = () => performance.now() }: ActionCacheOptions) {
    for (const name of ['ttl', 'maxEntries', 'maxBytes'] as const) {
      const value = policy[name];
      if (Number.isFinite(value) && value > 0 && (name === 'ttl' || Number.isSafeInteger(value))) continue;
      const argument = `cache of ${plugin}.${action}, ${name}`;
      throw new BulkheadError('ARGUMENT_INVALID', { argument, reason: `${String(value)} is not a number above 0` });
    }
    this.#plugin = plugin;
    this.#action = action;
    this.#policy = policy;
    this.#observer = guardedMethods(observer, CACHE_EVENTS, 'the observer given to ActionCache');
    this.#now = now;
    this.#entries = new LRUCache({
      // Not `max`: it would allocate room for all entries at once.
      maxSize: policy.maxBytes,
      sizeCalculation: ({ bytes }) => bytes,
      dispose: (_value, _key, reason) => {
        if (reason === 'evict') this.#observer.cacheEvicted(plugin, action, 'space');
      },
    });
  }

  get entries(): number {
    return this.#entries.size;
  }

  /** Approximate memory. */
  get bytes(): number {
    return this.#entries.calculatedSize;
  }

  /**
   * Answers `input` from the cache, from an equal call under way, or by `call`.
   *
   * @param scope whatever else the answer depends on: the plugin's version and its environment's identity
   * @param call should have the limits that every caller would accept, since others may join it
   * @throws what `call` rejects with; BulkheadError `CALL_CANCELLED` when the caller's own signal is aborted
   */
  async answer(
    scope: string,
    input: unknown,
    call: CachedCall,
    { signal, mayJoin = true, timeout, isFixed = false }: AnswerOptions = {},
  ): Promise<unknown> {
    checkSignal(signal);
    if (signal?.aborted === true) throw this.#cancelled(signal);
    const key = this.#keys.of(scope, input);
    if (key === undefined) {
      // The call itself says what is wrong with the input.
      this.#observer.cacheBypassed(this.#plugin, this.#action, 'input');
      return await call(signal ?? new AbortController().signal, input);
    }
    const kept = this.#find(key);
    if (kept !== undefined) {
      this.#observer.cacheHit(this.#plugin, this.#action);
      return copyValue(kept.value);
    }
    const own = isFixed ? input : copyWherePossible(input);
    if (!mayJoin) return await this.#begin(key, undefined, own, call, signal);
    const name = timeout === undefined ? key : `${key} ${timeout}`;
    const flight = this.#flights.get(name);
    if (flight === undefined) return await this.#begin(key, name, own, call, signal);
    this.#observer.cacheJoined(this.#plugin, this.#action);
    const answer = await this.#join(flight, signal);
    // An answer that can't be copied, such as a stream, goes to one caller.
    if (answer.kept === undefined && answer.isTaken) return await this.#begin(key, name, own, call, signal);
    return take(flight, answer, signal);
  }

  /** Forgets everything. Calls under way still answer their callers, but are not kept. */
  clear(): void {
    this.#epoch += 1;
    this.#flights.clear();
    this.#entries.clear();
  }

  #find(key: string): Kept | undefined {
    const kept = this.#entries.get(key);
    if (kept === undefined || this.#now() < kept.expires) return kept;
    this.#entries.delete(key);
    this.#observer.cacheEvicted(this.#plugin, this.#action, 'expired');
    return undefined;
  }

  /** @param name under which others find it; undefined: they don't */
  async #begin(
    key: string,
    name: string | undefined,
    input: unknown,
    call: CachedCall,
    signal: AbortSignal | undefined,
  ): Promise<unknown> {
    this.#observer.cacheMissed(this.#plugin, this.#action);
    const epoch = this.#epoch;
    const leave = (): void => {
      if (name !== undefined && this.#flights.get(name) === flight) this.#flights.delete(name);
    };
    const flight = new SingleFlight(async (everybodyGone) => {
      try {
        const answer = this.#shared(await call(everybodyGone, input));
        if (answer.kept !== undefined && epoch === this.#epoch) this.#keep(key, answer.kept);
        return answer;
      } finally {
        leave();
      }
    }, leave);
    if (name !== undefined && !this.#flights.has(name)) this.#flights.set(name, flight);
    return take(flight, await this.#join(flight, signal), signal);
  }

  #keep(key: string, kept: Kept): void {
    this.#entries.set(key, kept);
    if (this.#entries.size > this.#policy.maxEntries) this.#entries.pop();
  }

  async #join(flight: SingleFlight<SharedAnswer>, signal: AbortSignal | undefined): Promise<SharedAnswer> {
    try {
      return await flight.join(signal);
    } catch (error) {
      throw signal?.aborted === true && error === signal.reason ? this.#cancelled(signal) : error;
    }
  }

  #cancelled(signal: AbortSignal): BulkheadError {
    const details = { plugin: this.#plugin, action: this.#action };
    return new BulkheadError('CALL_CANCELLED', details, { cause: signal.reason });
  }

  #shared(value: unknown): SharedAnswer {
    try {
      const copy = copyValue(value);
      const bytes = ENTRY_BYTES + memorySize(copy);
      if (bytes > this.#policy.maxBytes) this.#observer.cacheBypassed(this.#plugin, this.#action, 'size');
      return { value, kept: { value: copy, bytes, expires: this.#now() + this.#policy.ttl }, isTaken: false };
    } catch (error) {
      if (!(error instanceof UncopyableError)) throw error;
      this.#observer.cacheBypassed(this.#plugin, this.#action, 'answer');
      return { value, kept: undefined, isTaken: false };
    }
  }
}

/** A few values can be sent but not copied, such as a DataView. */
function copyWherePossible(input: unknown): unknown {
  try {
    return copyValue(input);
  } catch (error) {
    if (error instanceof UncopyableError) return input;
    throw error;
  }
}

/** The first caller gets the answer itself. If it can't be copied, such as a stream that goes on, the call is that caller's alone. */
function take(flight: SingleFlight<SharedAnswer>, answer: SharedAnswer, signal: AbortSignal | undefined): unknown {
  if (answer.isTaken) return copyValue(answer.kept?.value);
  answer.isTaken = true;
  if (answer.kept === undefined && signal !== undefined) flight.endWith(signal);
  return answer.value;
}
