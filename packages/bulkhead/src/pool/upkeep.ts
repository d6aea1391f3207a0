import type { PoolSpec } from '../registry/plugin-spec.ts';
import { IdleUnloading } from './idle-unloading.ts';
import type { Recycling } from './recycling.ts';
import type { SupervisedInstance } from './supervised-instance.ts';

/** Between two looks at an instance's memory. */
const MEMORY_MILLISECONDS = 2_000;
/** The most by which unloading an instance may be late. */
const MOST_LATE_MILLISECONDS = 30_000;

export interface UpkeepTarget {
  readonly instances: readonly SupervisedInstance[];
  unload(instance: SupervisedInstance): void;
  recycle(instance: SupervisedInstance): void;
}

/** Looks now and then for instances that are idle or have grown. @returns a function that ends it */
export function startUpkeep(spec: PoolSpec, recycling: Recycling, target: UpkeepTarget): () => void {
  const { idleUnload, instances } = spec;
  const { watchesMemory } = recycling;
  if (idleUnload === undefined && !watchesMemory) return () => {};
  const idleUnloading = idleUnload === undefined ? undefined : new IdleUnloading<SupervisedInstance>(idleUnload);
  const look = (): void => {
    idleUnloading?.due(target.instances, instances.min, performance.now()).forEach(target.unload);
    if (watchesMemory) target.instances.forEach((instance) => void recycleGrown(instance, recycling, target));
  };
  const timer = setInterval(look, upkeepPeriod(idleUnload, watchesMemory)).unref();
  return () => clearInterval(timer);
}

/** Milliseconds between two looks, often enough for either. @param idleUnload milliseconds */
export function upkeepPeriod(idleUnload: number | undefined, watchesMemory: boolean): number {
  const forIdle = Math.min((idleUnload ?? Number.POSITIVE_INFINITY) / 4, MOST_LATE_MILLISECONDS);
  return watchesMemory ? Math.min(forIdle, MEMORY_MILLISECONDS) : forIdle;
}

async function recycleGrown(instance: SupervisedInstance, recycling: Recycling, target: UpkeepTarget): Promise<void> {
  if (await recycling.hasGrown(instance)) target.recycle(instance);
}
