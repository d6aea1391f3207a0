import { join, resolve } from 'node:path';
import { idFromFolder } from './id-from-folder.ts';
import { specOf } from './make-spec.ts';
import { readManifest } from './manifest.ts';
import type { PluginSpec } from './plugin-spec.ts';
import { expandHome } from './plugin-folder.ts';
import type { ReadRegistryOptions } from './read-registry.ts';
import { passedSecrets } from './secret-references.ts';

/**
 * The spec of a plugin that is in no registry. Its id is the manifest's, or made from the folder's name.
 *
 * @throws BulkheadError PLUGIN_FOLDER_MISSING, MANIFEST_INVALID, PLUGIN_ENTRY_POINT_MISSING, or REGISTRY_INVALID for a file.
 */
export async function loadPluginFolder(
  path: string,
  { variables = process.env }: ReadRegistryOptions = {},
): Promise<PluginSpec> {
  const folder = resolve(expandHome(path));
  const named = idFromFolder(folder);
  const manifest = await readManifest(join(folder, 'pyproject.toml'), named);
  return specOf({
    entry: { id: manifest.id ?? named },
    folder,
    source: { file: folder, line: 1, column: 1 },
    secrets: passedSecrets(variables, []),
  });
}
