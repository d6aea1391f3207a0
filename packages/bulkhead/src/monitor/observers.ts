import type { PluginObserver } from '../pool/plugin-observer.ts';

/** One observer that tells several. */
export function allOf(observers: readonly PluginObserver[]): PluginObserver {
  return {
    callEnded: (...event) => observers.forEach((observer) => observer.callEnded(...event)),
    callRetried: (...event) => observers.forEach((observer) => observer.callRetried(...event)),
    environmentReady: (...event) => observers.forEach((observer) => observer.environmentReady(...event)),
    environmentFailed: (...event) => observers.forEach((observer) => observer.environmentFailed(...event)),
    instanceStarted: (...event) => observers.forEach((observer) => observer.instanceStarted(...event)),
    instanceEnded: (...event) => observers.forEach((observer) => observer.instanceEnded(...event)),
    healthChanged: (...event) => observers.forEach((observer) => observer.healthChanged(...event)),
    reloadEnded: (...event) => observers.forEach((observer) => observer.reloadEnded(...event)),
    restartDelayed: (...event) => observers.forEach((observer) => observer.restartDelayed(...event)),
  };
}
