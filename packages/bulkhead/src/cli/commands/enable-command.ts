import { BulkheadError } from '../../errors/bulkhead-error.ts';
import { nearestName } from '../../lifecycle/nearest-name.ts';
import { readRegistry } from '../../registry/read-registry.ts';
import { editPlugin } from '../../registry/write-registry.ts';
import { fileFailure } from '../files/file-failure.ts';
import { registryOrExpected } from '../files/find-registry.ts';
import { refusePath } from '../files/plugin-id.ts';
import { jsonText } from '../../views/json-text.ts';
import type { Terminal } from '../output/terminal.ts';

export interface EnableOptions {
  readonly registry?: string;
}

/** `bulkhead enable` and `bulkhead disable`: changes `enabled` of plugins in the registry, and nothing else in the file. */
export async function enableCommand(
  ids: readonly string[],
  enabled: boolean,
  { registry: named }: EnableOptions,
  { out, json }: Terminal,
): Promise<number> {
  ids.forEach(refusePath);
  const registry = registryOrExpected(named);
  const { plugins } = await readRegistry(registry);
  const known = plugins.map(({ id }) => id);
  for (const id of ids)
    if (!known.includes(id))
      throw new BulkheadError('PLUGIN_UNKNOWN', { plugin: id, nearest: nearestName(id, known), known });
  const chosen = [...new Set(ids)];
  const changed = chosen.filter((id) => isEnabled(plugins.find((plugin) => plugin.id === id)) !== enabled);
  for (const id of changed) await write(registry, id, enabled);
  if (json)
    out.write(
      `${jsonText({ registry, enabled, plugins: chosen, changed }, { pretty: out.isTerminal, columns: out.columns })}\n`,
    );
  else
    out.write(
      `${chosen.map((id) => sentence(id, enabled, changed.includes(id))).join('')}${changed.length === 0 ? '' : AFTERWARDS}`,
    );
  return 0;
}

const AFTERWARDS = 'A host that runs follows when it reloads the plugin.\n';

function isEnabled(plugin: { readonly problem?: BulkheadError | undefined } | undefined): boolean {
  return plugin?.problem?.code !== 'PLUGIN_DISABLED';
}

function sentence(id: string, enabled: boolean, isChanged: boolean): string {
  const state = enabled ? 'enabled' : 'disabled';
  return isChanged ? `${id} is ${state} now.\n` : `${id} was ${state} already.\n`;
}

async function write(registry: string, id: string, enabled: boolean): Promise<void> {
  try {
    await editPlugin(registry, id, { enabled });
  } catch (error) {
    throw fileFailure(error, '--registry', registry);
  }
}
