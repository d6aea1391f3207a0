import type { HookConsequence, HookObserver } from '../hooks/hook-observer.ts';
import type { ProcessUse } from '../launcher/limits/plugin-limits.ts';
import type { ReachedLimit } from '../launcher/limits/overrun.ts';
import type { InstanceIdentity } from '../launcher/running-instance.ts';
import type { Health } from '../pool/instance-health.ts';
import type { CallOutcome, InstanceEnding, PoolObserver, ReloadOutcome } from '../pool/pool-observer.ts';
import { CacheMetrics, type CacheSize } from './cache-metrics.ts';
import type { ResourceObserver } from '../resources/resource-observer.ts';
import { CallDurations } from './call-durations.ts';
import { Durations } from './durations.ts';
import { Exposition } from './exposition.ts';
import { HookDurations, ownerOf } from './hook-durations.ts';
import { ResourceMetrics } from './resource-metrics.ts';
import { Counter, Gauge } from './tally.ts';
import { UsageMetrics } from './usage-metrics.ts';

/** Seconds. */
const START_BUCKETS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60];
const BUILD_BUCKETS = [0.02, 0.1, 0.5, 1, 5, 15, 60, 300, 900];

/** Counts what happens to plugins, for a text that Prometheus reads. */
export class Metrics implements Omit<PoolObserver, 'startBegan' | 'environmentProgress'>, HookObserver {
  readonly #exposition = new Exposition();
  readonly caches: CacheMetrics;
  readonly #calls = new CallDurations(this.#exposition);
  readonly #instances = new Gauge<'plugin_id'>(this.#exposition, {
    name: 'bulkhead_instances',
    help: 'Processes that are ready for calls, now. 0 is no alarm: an idle plugin is unloaded, and the next call starts it. Query: sum(bulkhead_instances)',
  });
  readonly #health = new Gauge<'plugin_id' | 'health'>(this.#exposition, {
    name: 'bulkhead_instance_health',
    help: 'Instances now, by health: ready; busy, which computes and is no alarm; blocked, which neither computes nor answers pings; silent, which answers no pings, on systems that do not tell whether it computes. Query: sum by (plugin_id) (bulkhead_instance_health{health=~"blocked|silent"}) > 0',
  });
  readonly #starts = new Durations<'plugin_id'>(this.#exposition, {
    name: 'bulkhead_instance_start_seconds',
    help: 'Seconds from starting an instance until it is ready, the work of a container engine and the import of the plugin included. Query: histogram_quantile(0.9, sum by (plugin_id, le) (rate(bulkhead_instance_start_seconds_bucket[1h])))',
    buckets: START_BUCKETS,
  });
  readonly #endings = new Counter<'plugin_id' | 'ending'>(this.#exposition, {
    name: 'bulkhead_instance_endings_total',
    help: 'Instances that ended, by ending: crashed; failed, which never became ready; replaced, because of a call that could not be cancelled; and stopped, unloaded, recycled, reloaded, which are as they should be and no alarm. Query: sum by (plugin_id) (increase(bulkhead_instance_endings_total{ending=~"crashed|failed"}[15m]))',
  });
  readonly #restarts = new Counter<'plugin_id'>(this.#exposition, {
    name: 'bulkhead_instance_restarts_total',
    help: 'Instances that were started after the first of their plugin. No alarm: more load, unloading and recycling count, too; see the endings. Query: sum by (plugin_id) (rate(bulkhead_instance_restarts_total[1h]))',
  });
  readonly #retries = new Counter<'plugin_id' | 'action'>(this.#exposition, {
    name: 'bulkhead_call_retries_total',
    help: 'Calls of idempotent actions whose instance died, and that were sent to another one. Their callers may not have noticed. Query: sum by (plugin_id, action) (increase(bulkhead_call_retries_total[1h]))',
  });
  readonly #builds = new Durations<'plugin_id' | 'result'>(this.#exposition, {
    name: 'bulkhead_environment_prepare_seconds',
    help: 'Seconds until an environment was ready, by result: found, or built, which takes minutes where large packages are downloaded. Query: sum by (plugin_id) (increase(bulkhead_environment_prepare_seconds_count{result="built"}[1d]))',
    buckets: BUILD_BUCKETS,
  });
  readonly #buildFailures = new Counter<'plugin_id'>(this.#exposition, {
    name: 'bulkhead_environment_failures_total',
    help: 'Attempts to make an environment ready that failed; the plugin does not run until one succeeds. Query: sum by (plugin_id) (increase(bulkhead_environment_failures_total[15m])) > 0',
  });
  readonly #reloads = new Counter<'plugin_id' | 'outcome'>(this.#exposition, {
    name: 'bulkhead_reloads_total',
    help: 'Reloads, by outcome: reloaded; failed, after which the old version serves on. Query: sum by (plugin_id) (increase(bulkhead_reloads_total{outcome="failed"}[1h]))',
  });

  readonly #hooks = new HookDurations(this.#exposition);
  readonly #hookFailures = new Counter<'plugin_id' | 'event' | 'consequence'>(this.#exposition, {
    name: 'bulkhead_hook_failures_total',
    help: 'Hooks that failed, by consequence: chain_failed, skipped, disabled (until a reload) or reported. Query: sum by (plugin_id, event) (increase(bulkhead_hook_failures_total{consequence="disabled"}[1h]))',
  });

  readonly #overruns = new Counter<'plugin_id' | 'limit'>(this.#exposition, {
    name: 'bulkhead_limit_overruns_total',
    help: 'Instances that were ended by a limit of resources, by limit: memory, pids or disk. What a plugin survives, such as a refused file, counts as a failed call only. Query: sum by (plugin_id, limit) (increase(bulkhead_limit_overruns_total[1h])) > 0',
  });

  /** Both are called for each text of the metrics. */
  constructor(cacheSizes: () => readonly CacheSize[], usages: () => Promise<readonly ProcessUse[]>) {
    this.caches = new CacheMetrics(this.#exposition, cacheSizes);
    new UsageMetrics(this.#exposition, usages);
  }

  /** The Prometheus text format, version 0.0.4. */
  async text(): Promise<string> {
    return await this.#exposition.text();
  }

  /** Counts the leases of a resource manager with these declared resources; once. */
  ofResources(declared: Iterable<string>): ResourceObserver {
    return new ResourceMetrics(this.#exposition, new Set(declared));
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

  limitReached(plugin: string, _instance: InstanceIdentity, limit: ReachedLimit): void {
    this.#overruns.inc({ plugin_id: plugin, limit });
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
