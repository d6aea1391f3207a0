import { isBulkheadError, type PluginManager } from 'bulkhead';
import type { Tally } from './tally.ts';

/** The plugins that take part, by what may happen to them. */
export interface Cast {
  /** Left alone: whatever happens beside them, no call to them may fail. */
  readonly calm: readonly string[];
  readonly prey: readonly string[];
}

/** Makes each plugin's environment, and leaves out those whose packages can't be had here: the report says so. */
export async function castOf(manager: PluginManager, tally: Tally): Promise<Cast> {
  const all = await Promise.all(
    manager.plugins().map(async ({ id }) => ((await isPrepared(manager, id, tally)) ? [id] : [])),
  );
  const ids = all.flat();
  return {
    calm: ids.filter((id) => id.startsWith('calm_')),
    prey: ids.filter((id) => !id.startsWith('calm_')),
  };
}

async function isPrepared(manager: PluginManager, id: string, tally: Tally): Promise<boolean> {
  try {
    await manager.preparePlugin(id);
    return true;
  } catch (error) {
    if (!isBulkheadError(error) || error.blame !== 'environment') throw error;
    tally.skip(id, error.message.split('\n', 1)[0] ?? '');
    return false;
  }
}
