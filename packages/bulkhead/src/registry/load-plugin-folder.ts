import { resolve } from 'node:path';
import { BulkheadError } from '../errors/bulkhead-error.ts';
import { type Defaults, withDefaults } from './defaults.ts';
import { idFromFolder } from './id-from-folder.ts';
import { specOf } from './make-spec.ts';
import { readManifest } from './manifest.ts';
import type { PluginSpec } from './plugin-spec.ts';
import { expandHome } from './plugin-folder.ts';
import type { RegistryEntry } from './registry-schema.ts';
import { passwordsIn, resolveEntry, type Variables } from './secret-references.ts';

export interface LoadFolderOptions {
  /** What `${env:NAME}` of the defaults refers to; the environment of this process unless given. */
  readonly variables?: Variables | undefined;
  /** Those of the registry that its host has opened. */
  readonly defaults?: Defaults | undefined;
}

/**
 * The spec of a plugin that is in no registry. Its id is the manifest's, or made from the name of its npm package, or of its folder.
 *
 * @throws BulkheadError PLUGIN_FOLDER_MISSING, MANIFEST_INVALID, PLUGIN_ENTRY_POINT_MISSING, or REGISTRY_INVALID for a file, or
 * for a variable of the defaults that is not set.
 */
export async function loadPluginFolder(
  path: string,
  { variables = process.env, defaults = {} }: LoadFolderOptions = {},
): Promise<PluginSpec> {
  const folder = resolve(expandHome(path));
  const named = idFromFolder(folder);
  const manifest = await readManifest(folder, named, defaults.environment);
  const source = { file: folder, line: 1, column: 1 };
  const {
    value: entry,
    missing,
    secrets,
  } = resolveEntry(
    withDefaults({ id: manifest.id ?? manifest.name ?? named }, defaults) as Omit<RegistryEntry, 'path'>,
    ['defaults'],
    variables,
    passwordsIn(variables),
  );
  if (missing.length > 0)
    throw new BulkheadError('REGISTRY_INVALID', { mistakes: missing.map(({ message }) => ({ ...source, message })) });
  return await specOf({ entry, folder, source, secrets });
}
