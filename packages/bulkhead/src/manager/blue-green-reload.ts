import type { ProgressSink, ReadyEnvironment } from '../environment/ready-environment.ts';
import { BulkheadError } from '../errors/bulkhead-error.ts';
import { settlesWithin } from '../lifecycle/wait.ts';
import type { SupervisedInstance } from '../pool/supervised-instance.ts';
import type { PluginRevision } from './plugin-revision.ts';

/** The thread that answers a ping has nothing else to do; only a machine under load, or native code, keeps it from that. */
const PING_MILLISECONDS = 10_000;

/** What a reload replaces, and how. */
export interface Replacement {
  /** Undefined: nothing served until now. */
  readonly old: PluginRevision | undefined;
  readonly next: PluginRevision;
  /** Puts the hooks of `next` in the place of those of `old`; refuses if they can't be. */
  takeHooks(): void;
  /** Sends all calls to `next` from now on, those that wait included, and has `old` drained. Resolves when that has gone. */
  switchOver(): Promise<void>;
  readonly progress: ProgressSink | undefined;
}

/** What a reload that was done has found out. Times in milliseconds. */
export interface Replaced {
  readonly environment: ReadyEnvironment;
  readonly startDuration: number;
}

/**
 * Puts a new revision in the place of the old one without a moment in which nobody answers: the new one is proven first, then
 * all calls go there, then the old one finishes what it has. With `reload: stop_first` calls wait while neither runs.
 *
 * @throws what `PluginRevision.prepare`, `startInstance` and `takeHooks` throw; `PLUGIN_UNRESPONSIVE`. Unless the switch was made, nothing
 * has changed then for the old one.
 */
export async function replaceRevision(replacement: Replacement): Promise<Replaced> {
  const { old, next, takeHooks, switchOver, progress } = replacement;
  const environment = await next.prepare(progress);
  const startedAt = performance.now();
  if (next.spec.pool.reload === 'stop_first') {
    next.startAfter(switchOver());
    await next.pool.start();
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

/** As many as are in use now, so that the switch makes no call wait; one at least, to see that it starts at all. */
function instancesNeeded(old: PluginRevision | undefined, { spec }: PluginRevision): number {
  const { min, max } = spec.pool.instances;
  const inUse = old?.pool.instances.filter(({ accepting }) => accepting).length ?? 0;
  return Math.min(max, Math.max(min, inUse, 1));
}

/** READY came from the main thread, a pong comes from the other. */
async function checkHealth(instance: SupervisedInstance, plugin: string): Promise<void> {
  const pong = instance.ping(new AbortController().signal);
  if (await settlesWithin(pong, PING_MILLISECONDS)) return await pong;
  throw new BulkheadError('PLUGIN_UNRESPONSIVE', { plugin, milliseconds: PING_MILLISECONDS });
}
