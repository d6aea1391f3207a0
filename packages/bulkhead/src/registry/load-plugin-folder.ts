import { basename, join, resolve } from 'node:path';
import { specOf } from './make-spec.ts';
import { readManifest } from './manifest.ts';
import type { PluginSpec } from './plugin-spec.ts';
import { expandHome } from './plugin-folder.ts';

/**
 * The spec of a plugin that is in no registry. Its id is the manifest's, or made from the folder's name.
 *
 * @throws BulkheadError PLUGIN_FOLDER_MISSING, MANIFEST_INVALID, PLUGIN_ENTRY_POINT_MISSING, or REGISTRY_INVALID for a file.
 */
export async function loadPluginFolder(path: string): Promise<PluginSpec> {
  const folder = resolve(expandHome(path));
  const named = idFromFolder(folder);
  const manifest = await readManifest(join(folder, 'pyproject.toml'), named);
  return specOf({
    entry: { id: manifest.id ?? named },
    folder,
    source: { file: folder, line: 1, column: 1 },
    secrets: [],
  });
}

/** On every usual file system; the name may be an argument that names no folder. */
const LONGEST_FILE_NAME = 255;

/** `My Plugin-2` becomes `my_plugin-2`, `3d` becomes `plugin_3d`. */
export function idFromFolder(folder: string): string {
  const name = basename(folder)
    .slice(0, LONGEST_FILE_NAME)
    .toLowerCase()
    .replaceAll(/[^a-z0-9_-]+/g, '_')
    .replace(/^[_-]+/, '')
    .replace(/_+$/, '');
  return (/^[a-z]/.test(name) ? name : `plugin_${name}`).slice(0, 64).replace(/_+$/, '');
}
