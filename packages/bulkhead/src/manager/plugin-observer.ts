import { CACHE_EVENTS, type CacheObserver } from '../cache/cache-observer.ts';
import { HOOK_EVENTS, type HookObserver } from '../hooks/hook-observer.ts';
import { guardedMethods } from '../lifecycle/guarded.ts';
import { POOL_EVENTS, type PoolObserver } from '../pool/pool-observer.ts';
import type { InstanceIdentity } from '../launcher/running-instance.ts';
import type { PluginLine } from './plugin-output.ts';
import type { PluginState } from './plugin-status.ts';
import { RESOURCE_EVENTS, type ResourceObserver } from '../resources/resource-observer.ts';

/** What the manager itself has to tell. */
export interface ManagerObserver {
  /** A call of the application failed, by this error. `callEnded` tells only of those that an instance got. */
  callFailed(plugin: string, action: string, error: Error, duration: number): void;
  /** A plugin logged or printed something. */
  log(plugin: string, instance: InstanceIdentity, line: PluginLine): void;
  /** A plugin runs in processes of its own from now on, and no more in the tier that the registry names. */
  fellBack(plugin: string, reason: string): void;
  /** The state that `plugins()` shows. */
  stateChanged(plugin: string, state: PluginState, before: PluginState): void;
}

const MANAGER_EVENTS: Readonly<Record<keyof ManagerObserver, true>> = {
  callFailed: true,
  log: true,
  fellBack: true,
  stateChanged: true,
};

/** All that happens in a host, by all of its stages. */
export type HostObserver = PoolObserver & HookObserver & ResourceObserver & CacheObserver & ManagerObserver;

/**
 * Hears what happens in a host; all methods are optional. The host calls it in the middle of its work and waits for nothing: methods
 * should be quick, and leave calls of the manager for later. What a method throws becomes a warning of the process, and changes
 * nothing else. Times in milliseconds.
 */
export interface PluginObserver
  extends
    Partial<PoolObserver>,
    Partial<HookObserver>,
    Partial<ResourceObserver>,
    Partial<CacheObserver>,
    Partial<ManagerObserver> {}

const EVENTS: Readonly<Record<keyof HostObserver, true>> = {
  ...POOL_EVENTS,
  ...HOOK_EVENTS,
  ...RESOURCE_EVENTS,
  ...CACHE_EVENTS,
  ...MANAGER_EVENTS,
};

/** The application's observers, guarded: none can fail what it watches. */
export function guardedObservers(observers: readonly PluginObserver[]): readonly HostObserver[] {
  return observers.map((observer, index) => guardedMethods<HostObserver>(observer, EVENTS, `observers[${index}]`));
}

/** No event has more than four values. */
type Tell = (one: unknown, two: unknown, three: unknown, four: unknown) => void;

/** An observer that hears each event by its name, with its values; there are four at most. */
export function observerOf(hear: (event: keyof HostObserver, ...values: Parameters<Tell>) => void): PluginObserver {
  const method = (event: string): [string, Tell] => [
    event,
    (one, two, three, four) => hear(event as keyof HostObserver, one, two, three, four),
  ];
  return Object.fromEntries(Object.keys(EVENTS).map(method)) as PluginObserver;
}

/** One observer that passes each event on to those that listen to it. */
export function tellAll(observers: readonly PluginObserver[]): HostObserver {
  const all = observers as readonly Partial<Record<string, Tell>>[];
  const pass = (event: string): [string, Tell] => {
    const listening = all.filter((observer) => observer[event] !== undefined);
    // Calls end often, so they are passed on without an array for them.
    const tell: Tell = (one, two, three, four) => {
      for (const observer of listening) observer[event]!(one, two, three, four);
    };
    return [event, tell];
  };
  return Object.fromEntries(Object.keys(EVENTS).map(pass)) as unknown as HostObserver;
}
