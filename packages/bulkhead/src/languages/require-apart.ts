import { realpath } from 'node:fs/promises';
import { sep } from 'node:path';
import { BulkheadError } from '../errors/bulkhead-error.ts';
import type { PluginSpec } from '../registry/plugin-spec.ts';

/**
 * Refuses to let a plugin write where lies what other plugins run. Who may write there is kept to nothing.
 *
 * @param shared folders of that kind
 * @throws BulkheadError `SANDBOX_UNAVAILABLE`
 */
export async function requireApart({ id, launch }: PluginSpec, shared: readonly string[]): Promise<void> {
  if (!launch.confined) return;
  for (const written of launch.permissions?.write ?? []) {
    for (const folder of shared) {
      const [one, other] = await Promise.all([placeOf(written), placeOf(folder)]);
      if (!one.startsWith(other) && !other.startsWith(one)) continue;
      const reason = `write: [${written}] would let it change what other plugins run, which lies in ${folder}`;
      const cure = 'Name a folder that Bulkhead keeps nothing in, or keep its data elsewhere by BULKHEAD_HOME.';
      throw new BulkheadError('SANDBOX_UNAVAILABLE', { plugin: id, reason, cure });
    }
  }
}

/** Where it really lies. One that is not there is refused later. */
async function placeOf(path: string): Promise<string> {
  const real = await realpath(path).catch(() => path);
  return real.endsWith(sep) ? real : `${real}${sep}`;
}
