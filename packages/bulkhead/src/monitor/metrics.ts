import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { HookConsequence, HookObserver } from '../hooks/hook-observer.ts';
import type { InstanceIdentity } from '../launcher/running-instance.ts';
import type { Health } from '../pool/instance-health.ts';
import type { CallOutcome, InstanceEnding, PoolObserver, ReloadOutcome } from '../pool/pool-observer.ts';
import { CacheMetrics, type CacheSize } from './cache-metrics.ts';
import type { ResourceObserver } from '../resources/resource-observer.ts';
import { CallDurations } from './call-durations.ts';
import { HookDurations, ownerOf } from './hook-durations.ts';
import { ResourceMetrics } from './resource-metrics.ts';

/** Seconds. */
const START_BUCKETS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60];
const BUILD_BUCKETS = [0.02, 0.1, 0.5, 1, 5, 15, 60, 300, 900];

/** Counts what happens to plugins, in a Prometheus registry of its own: the application's global one is not touched. */
export class Metrics implements Omit<PoolObserver, 'startBegan' | 'environmentProgress'>, HookObserver {
  readonly #registry = new Registry();
  readonly #registers = [this.#registry];
  readonly caches: CacheMetrics;
  readonly #calls = new CallDurations(this.#registry);
  readonly #instances = new Gauge({
    name: 'plugin_instances',
    help: 'Instances that are ready.',
    labelNames: ['plugin_id'],
    registers: this.#registers,
  });
  readonly #health = new Gauge({
    name: 'plugin_instance_health',
    help: 'Instances by how they are: ready, busy, blocked or silent.',
    labelNames: ['plugin_id', 'health'],
    registers: this.#registers,
  });
  readonly #starts = new Histogram({
    name: 'plugin_instance_start_seconds',
    help: 'Time from spawn to ready.',
    labelNames: ['plugin_id'],
    buckets: START_BUCKETS,
    registers: this.#registers,
  });
  readonly #endings = new Counter({
    name: 'plugin_instance_endings_total',
    help: 'Instances that ended, by how.',
    labelNames: ['plugin_id', 'ending'],
    registers: this.#registers,
  });
  readonly #restarts = new Counter({
    name: 'plugin_instance_restarts_total',
    help: 'Instances that were started after the first of their plugin.',
    labelNames: ['plugin_id'],
    registers: this.#registers,
  });
  readonly #retries = new Counter({
    name: 'plugin_call_retries_total',
    help: 'Calls of idempotent actions that were lost with their instance and sent to another.',
    labelNames: ['plugin_id', 'action'],
    registers: this.#registers,
  });
  readonly #builds = new Histogram({
    name: 'plugin_environment_prepare_seconds',
    help: 'Time to make an environment ready, by whether it was built or found.',
    labelNames: ['plugin_id', 'result'],
    buckets: BUILD_BUCKETS,
    registers: this.#registers,
  });
  readonly #buildFailures = new Counter({
    name: 'plugin_environment_failures_total',
    help: 'Environments that could not be made ready.',
    labelNames: ['plugin_id'],
    registers: this.#registers,
  });
  readonly #reloads = new Counter({
    name: 'plugin_reloads_total',
    help: 'Reloads, by whether the plugin was reloaded or the reload failed.',
    labelNames: ['plugin_id', 'outcome'],
    registers: this.#registers,
  });

  readonly #hooks = new HookDurations(this.#registry);
  readonly #hookFailures = new Counter({
    name: 'plugin_hook_failures_total',
    help: 'Hooks that failed, by what that led to.',
    labelNames: ['plugin_id', 'event', 'consequence'],
    registers: this.#registers,
  });

  /** @param cacheSizes called for each text of the metrics */
  constructor(cacheSizes: () => readonly CacheSize[]) {
    this.caches = new CacheMetrics(this.#registry, cacheSizes);
  }

  /** The Prometheus text format, version 0.0.4. */
  async text(): Promise<string> {
    return await this.#registry.metrics();
  }

  /** Counts the leases of a resource manager with these declared resources; once. */
  ofResources(declared: Iterable<string>): ResourceObserver {
    return new ResourceMetrics(this.#registry, new Set(declared));
  }

  callEnded(plugin: string, action: string, outcome: CallOutcome, duration: number): void {
    // A caller can invent action names without end; only those that a plugin took are labels.
    this.#calls.observe(plugin, outcome === 'rejected' ? '' : action, outcome, duration / 1000);
  }

  callRetried(plugin: string, action: string): void {
    this.#retries.inc({ plugin_id: plugin, action });
  }

  environmentReady(plugin: string, built: boolean, duration: number): void {
    this.#builds.observe({ plugin_id: plugin, result: built ? 'built' : 'found' }, duration / 1000);
  }

  environmentFailed(plugin: string): void {
    this.#buildFailures.inc({ plugin_id: plugin });
  }

  instanceStarted(plugin: string, instance: InstanceIdentity, duration: number): void {
    this.#instances.inc({ plugin_id: plugin });
    this.#health.inc({ plugin_id: plugin, health: 'ready' });
    this.#starts.observe({ plugin_id: plugin }, duration / 1000);
    if (instance.generation > 1) this.#restarts.inc({ plugin_id: plugin });
  }

  instanceEnded(plugin: string, _instance: InstanceIdentity, ending: InstanceEnding): void {
    if (ending !== 'failed') this.#instances.dec({ plugin_id: plugin });
    this.#endings.inc({ plugin_id: plugin, ending });
  }

  instanceForced(): void {
    // its end is counted like others
  }

  healthChanged(plugin: string, _instance: InstanceIdentity, health: Health, before: Health): void {
    this.#health.dec({ plugin_id: plugin, health: before });
    if (health !== 'dead') this.#health.inc({ plugin_id: plugin, health });
  }

  reloadEnded(plugin: string, outcome: ReloadOutcome): void {
    this.#reloads.inc({ plugin_id: plugin, outcome });
  }

  hooksRan(event: string, [hook = '']: readonly string[], duration: number): void {
    this.#hooks.observe(event, hook, duration / 1000);
  }

  hookFailed(event: string, hook: string, _error: Error, consequence: HookConsequence): void {
    this.#hookFailures.inc({ plugin_id: ownerOf(hook), event, consequence });
  }

  hookVetoed(): void {
    // what a hook is for
  }

  restartDelayed(): void {
    // seen in the endings
  }
}
