import { CACHE_EVENTS, type CacheObserver } from '../cache/cache-observer.ts';
import { HOOK_EVENTS, type HookObserver } from '../hooks/hook-observer.ts';
import { guardedMethods } from '../lifecycle/guarded.ts';
import { POOL_EVENTS, type PoolObserver } from '../pool/pool-observer.ts';
import { RESOURCE_EVENTS, type ResourceObserver } from '../resources/resource-observer.ts';

/** All that happens in a host, by all of its stages. */
export type HostObserver = PoolObserver & HookObserver & ResourceObserver & CacheObserver;

/**
 * Watches a host; has those of the methods that it wants to hear of. Nothing waits for it, and nothing works differently without
 * it. It is called in the middle of what it is told of: it should be quick, and put off what calls the manager again. What it
 * throws is said by a warning of the process, and concerns nobody else. Times in milliseconds.
 */
export interface PluginObserver
  extends Partial<PoolObserver>, Partial<HookObserver>, Partial<ResourceObserver>, Partial<CacheObserver> {}

const EVENTS: Readonly<Record<keyof HostObserver, true>> = {
  ...POOL_EVENTS,
  ...HOOK_EVENTS,
  ...RESOURCE_EVENTS,
  ...CACHE_EVENTS,
};

/** Of the application: none of them can fail what it watches. */
export function guardedObservers(observers: readonly PluginObserver[]): readonly HostObserver[] {
  return observers.map((observer, index) => guardedMethods<HostObserver>(observer, EVENTS, `observers[${index}]`));
}

type Tell = (one: unknown, two: unknown, three: unknown, four: unknown) => void;

/** One observer that tells several, each what it listens to. */
export function tellAll(observers: readonly PluginObserver[]): HostObserver {
  const all = observers as readonly Partial<Record<string, Tell>>[];
  const pass = (event: string): [string, Tell] => {
    const listening = all.filter((observer) => observer[event] !== undefined);
    // No event has more than four values. Calls end often, so they are passed on without an array for them.
    const tell: Tell = (one, two, three, four) => {
      for (const observer of listening) observer[event]!(one, two, three, four);
    };
    return [event, tell];
  };
  return Object.fromEntries(Object.keys(EVENTS).map(pass)) as unknown as HostObserver;
}
