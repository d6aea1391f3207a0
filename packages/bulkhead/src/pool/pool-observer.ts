import type { ProgressEvent } from '../environment/ready-environment.ts';
import type { ReachedLimit } from '../launcher/limits/overrun.ts';
import type { InstanceIdentity } from '../launcher/running-instance.ts';
import type { Health } from './instance-health.ts';

/**
 * How a call ended: `error`: the action raised; `rejected`: the input doesn't fit the action; `cancelled`: the caller gave it up;
 * `crashed`: its instance was lost. Few and fixed, because it is a label of a metric.
 */
export type CallOutcome = 'ok' | 'error' | 'rejected' | 'timeout' | 'cancelled' | 'crashed';

/**
 * Why an instance ended. `stopped`: asked for; `unloaded`: it had no calls; `recycled`: it had served its time; `replaced`: ended because of a call
 * that could not be cancelled; `reloaded`: its plugin was, and it had no more calls; `failed`: never became ready.
 */
export type InstanceEnding = 'stopped' | 'unloaded' | 'recycled' | 'reloaded' | 'crashed' | 'replaced' | 'failed';

/** Of a reload; `failed`: the old instances serve on. Few and fixed, because it is a label of a metric. */
export type ReloadOutcome = 'reloaded' | 'failed';

/** Watches a pool: nothing waits for it, and nothing works differently without it. Times are in milliseconds. */
export interface PoolObserver {
  callEnded(plugin: string, action: string, outcome: CallOutcome, duration: number): void;
  /** The instance of a call died; the action is idempotent, so another instance gets the call. */
  callRetried(plugin: string, action: string): void;
  /** An instance is being started; its environment is made ready first. */
  startBegan(plugin: string): void;
  environmentProgress(plugin: string, progress: ProgressEvent): void;
  environmentReady(plugin: string, built: boolean, duration: number): void;
  environmentFailed(plugin: string, error: Error): void;
  instanceStarted(plugin: string, instance: InstanceIdentity, duration: number): void;
  instanceEnded(plugin: string, instance: InstanceIdentity, ending: InstanceEnding, description: string): void;
  /** An instance was asked to end, and was ended by force because `overdue` took too long. `instanceEnded` follows. */
  instanceForced(plugin: string, instance: InstanceIdentity, overdue: string): void;
  /** An instance was ended by a limit of `resources`: by the kernel, its container's engine, or this host. `instanceEnded` follows. */
  limitReached(plugin: string, instance: InstanceIdentity, limit: ReachedLimit): void;
  /** An instance is `ready` when it starts. */
  healthChanged(plugin: string, instance: InstanceIdentity, health: Health, before: Health): void;
  /** A start failed or an instance crashed; the next start is not before `delay` has passed. */
  restartDelayed(plugin: string, delay: number): void;
  reloadEnded(plugin: string, outcome: ReloadOutcome, duration: number, description: string): void;
}

/** Its methods, for those who pass on what it is told. */
export const POOL_EVENTS: Readonly<Record<keyof PoolObserver, true>> = {
  callEnded: true,
  callRetried: true,
  startBegan: true,
  environmentProgress: true,
  environmentReady: true,
  environmentFailed: true,
  instanceStarted: true,
  instanceEnded: true,
  instanceForced: true,
  limitReached: true,
  healthChanged: true,
  restartDelayed: true,
  reloadEnded: true,
};
