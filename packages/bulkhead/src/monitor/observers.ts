import type { HookObserver } from '../hooks/hook-observer.ts';
import type { PluginObserver } from '../pool/plugin-observer.ts';
import type { ResourceObserver } from '../resources/resource-observer.ts';

/** One observer of resources that tells several. */
export function allOfResources(observers: readonly ResourceObserver[]): ResourceObserver {
  return {
    waitBegan: (...event) => observers.forEach((observer) => observer.waitBegan(...event)),
    leaseGranted: (...event) => observers.forEach((observer) => observer.leaseGranted(...event)),
    leaseEnded: (...event) => observers.forEach((observer) => observer.leaseEnded(...event)),
    leaseRefused: (...event) => observers.forEach((observer) => observer.leaseRefused(...event)),
  };
}

/** One observer that tells several, each what it listens to. */
export function allOf(observers: readonly Partial<PluginObserver>[]): PluginObserver {
  return {
    // Once a call, so without an array for what is passed on.
    callEnded(plugin, action, outcome, duration) {
      for (const observer of observers) observer.callEnded?.(plugin, action, outcome, duration);
    },
    callRetried: (...event) => observers.forEach((observer) => observer.callRetried?.(...event)),
    environmentReady: (...event) => observers.forEach((observer) => observer.environmentReady?.(...event)),
    environmentFailed: (...event) => observers.forEach((observer) => observer.environmentFailed?.(...event)),
    instanceStarted: (...event) => observers.forEach((observer) => observer.instanceStarted?.(...event)),
    instanceEnded: (...event) => observers.forEach((observer) => observer.instanceEnded?.(...event)),
    healthChanged: (...event) => observers.forEach((observer) => observer.healthChanged?.(...event)),
    restartDelayed: (...event) => observers.forEach((observer) => observer.restartDelayed?.(...event)),
    reloadEnded: (...event) => observers.forEach((observer) => observer.reloadEnded?.(...event)),
  };
}

/** Likewise, of hooks. */
export function allOfHooks(observers: readonly HookObserver[]): HookObserver {
  return {
    hooksRan(event, hooks, duration) {
      for (const observer of observers) observer.hooksRan(event, hooks, duration);
    },
    hookFailed: (...event) => observers.forEach((observer) => observer.hookFailed(...event)),
    hookVetoed: (...event) => observers.forEach((observer) => observer.hookVetoed(...event)),
  };
}
