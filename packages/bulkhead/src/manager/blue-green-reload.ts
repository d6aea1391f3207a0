import type { ProgressSink, ReadyEnvironment } from '../environment/ready-environment.ts';
import { BulkheadError } from '../errors/bulkhead-error.ts';
import { deferred } from '../lifecycle/deferred.ts';
import { settlesWithin } from '../lifecycle/wait.ts';
import type { SupervisedInstance } from '../pool/supervised-instance.ts';
import type { PluginRevision } from './plugin-revision.ts';

/** The thread that answers a ping does nothing else, so only a loaded machine or native code delays a pong. */
const PING_MILLISECONDS = 10_000;

/** The revisions of a reload, and how to switch between them. */
export interface Replacement {
  /** Undefined if no revision has served yet. */
  readonly old: PluginRevision | undefined;
  readonly next: PluginRevision;
  /** Replaces the hooks of `old` by those of `next`; throws if they can't be put in order. */
  takeHooks(): void;
  /** Sends all calls to `next`, waiting ones included, and drains `old`. Resolves when `old` has ended. */
  switchOver(): Promise<void>;
  /** Starts what served before in place of `next`, which did not start. @returns whether that serves */
  goBack(): Promise<boolean>;
  readonly progress: ProgressSink | undefined;
}

/** What a finished reload has measured. Times in milliseconds. */
export interface Replaced {
  readonly environment: ReadyEnvironment;
  readonly startDuration: number;
}

/**
 * Replaces a revision without a gap: the new one proves itself first, then gets all calls, then the old one finishes its own. With
 * `reload: stop_first` calls wait while neither runs; if the new one does not start, the old one is started again.
 *
 * @throws what `PluginRevision.prepare`, `startInstance` and `takeHooks` throw; `PLUGIN_UNRESPONSIVE`. Before the
 * switch, a failure changes nothing for the old revision.
 */
export async function replaceRevision(replacement: Replacement): Promise<Replaced> {
  const { old, next, takeHooks, switchOver, progress } = replacement;
  const environment = await next.prepare(progress);
  const startedAt = performance.now();
  if (next.spec.pool.reload === 'stop_first') {
    await startAlone(replacement);
    takeHooks();
  } else {
    await next.pool.startSeveral(instancesNeeded(old, next));
    await Promise.all(next.pool.instances.map((instance) => checkHealth(instance, next.spec.id)));
    takeHooks(); // in the same turn as the switch, so that no chain meets the one without the other
    void switchOver();
  }
  next.keepWarm();
  return { environment, startDuration: performance.now() - startedAt };
}

/**
 * Starts `next` when `old` has gone. That start is under way before calls are handed over: they begin no other, and its failure
 * refuses none of them as long as the old revision may come back.
 */
async function startAlone({ next, switchOver, goBack }: Replacement): Promise<void> {
  const oldGone = deferred<void>();
  next.startAfter(oldGone.promise);
  const started = next.pool.startSeveral(1);
  void switchOver().then(oldGone.resolve, oldGone.reject);
  try {
    await started;
  } catch (error) {
    if (!(await goBack())) next.pool.startFailed(error as Error);
    throw error;
  }
}

/** As many instances as are in use, so that no call waits for the switch; at least one, to prove that the plugin starts. */
function instancesNeeded(old: PluginRevision | undefined, { spec }: PluginRevision): number {
  const { min, max } = spec.pool.instances;
  const inUse = old?.pool.instances.filter(({ accepting }) => accepting).length ?? 0;
  return Math.min(max, Math.max(min, inUse, 1));
}

/** READY has proved the main thread, a pong proves the control thread. */
async function checkHealth(instance: SupervisedInstance, plugin: string): Promise<void> {
  const pong = instance.ping(new AbortController().signal);
  if (await settlesWithin(pong, PING_MILLISECONDS)) return await pong;
  throw new BulkheadError('PLUGIN_UNRESPONSIVE', { plugin, milliseconds: PING_MILLISECONDS });
}
