import { BulkheadError } from '../errors/bulkhead-error.ts';
import { nearestName } from '../lifecycle/nearest-name.ts';
import type { PluginSpec } from './plugin-spec.ts';
import { readRegistry, type ReadRegistryOptions } from './read-registry.ts';

/**
 * Reads what the registry file and the plugin's manifest say of one plugin now.
 *
 * @throws BulkheadError as `readRegistry`; the plugin's `problem`; `PLUGIN_UNKNOWN` if it is no longer in the file.
 */
export async function readDeclaration(
  registry: string,
  id: string,
  options: ReadRegistryOptions = {},
): Promise<PluginSpec> {
  const { plugins } = await readRegistry(registry, options);
  const found = plugins.find((plugin) => plugin.id === id);
  if (found === undefined) {
    const known = plugins.map((plugin) => plugin.id);
    throw new BulkheadError('PLUGIN_UNKNOWN', { plugin: id, nearest: nearestName(id, known), known });
  }
  if (found.problem !== undefined) throw found.problem;
  return found.spec;
}
