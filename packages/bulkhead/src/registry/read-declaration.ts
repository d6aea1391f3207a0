import { BulkheadError } from '../errors/bulkhead-error.ts';
import { nearestName } from '../lifecycle/nearest-name.ts';
import type { PluginSpec } from './plugin-spec.ts';
import { readOneOfRegistry, type ReadRegistryOptions } from './read-registry.ts';

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
  const { plugin, known } = await readOneOfRegistry(registry, id, options);
  if (plugin === undefined)
    throw new BulkheadError('PLUGIN_UNKNOWN', { plugin: id, nearest: nearestName(id, known), known });
  if (plugin.problem !== undefined) throw plugin.problem;
  return plugin.spec;
}
