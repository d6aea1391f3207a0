import { resolve } from 'node:path';
import { stringify } from 'yaml';
import { type Defaults, withAbsolutePaths } from './defaults.ts';
import { pluginFolder } from './plugin-folder.ts';
import { readEntries } from './read-registry.ts';

/** An entry as it is written, defaults left out. */
export type WrittenEntry = Readonly<Record<string, unknown>> & { readonly id: string; readonly path: string };

/** What a registry file says, in a form that means the same in any folder. */
export interface PortableRegistry {
  readonly plugins: readonly WrittenEntry[];
  readonly resources?: Readonly<Record<string, number>>;
  readonly defaults?: Defaults;
}

/**
 * Reads a registry file with absolute paths in place of those relative to it. References such as `${env:NAME}` stay as they are: no
 * secret gets into a copy.
 *
 * @throws BulkheadError REGISTRY_NOT_FOUND, REGISTRY_INVALID
 */
export async function readPortable(file: string): Promise<PortableRegistry> {
  const absolute = resolve(file);
  const { entries, resources, defaults } = await readEntries(absolute);
  const plugins = entries.map((entry) => ({
    ...withAbsolutePaths(absolute, entry),
    path: pluginFolder(absolute, entry.path),
  }));
  return {
    plugins: plugins as unknown as readonly WrittenEntry[],
    resources,
    defaults: withAbsolutePaths(absolute, defaults),
  };
}

/** As the text of a registry file. */
export function textOfPortable(registry: PortableRegistry): string {
  return stringify(registry, { aliasDuplicateObjects: false });
}
