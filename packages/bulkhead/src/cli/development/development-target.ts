import { stat } from 'node:fs/promises';
import { resolve, sep } from 'node:path';
import { BulkheadError } from '../../errors/bulkhead-error.ts';
import { localPaths, readNpmProject } from '../../environment/node/npm-project.ts';
import { readDeclaredProject } from '../../environment/requirements/declared-project.ts';
import { sourceFolders } from '../../environment/uv/uv-project.ts';
import { nearestName } from '../../lifecycle/nearest-name.ts';
import type { PluginManagerOptions } from '../../manager/manager-options.ts';
import { PluginManager } from '../../manager/plugin-manager.ts';
import { loadPluginFolder } from '../../registry/load-plugin-folder.ts';
import type { PluginSpec } from '../../registry/plugin-spec.ts';
import { readRegistry, type RegisteredPlugin } from '../../registry/read-registry.ts';
import { jsonText } from '../../views/json-text.ts';
import { findRegistry, registryOrExpected } from '../files/find-registry.ts';

/** The plugin that an author works on: one of the registry, or a folder by itself. */
export interface DevelopmentTarget {
  /** Absolute. */
  readonly folder: string;
  /** Undefined: the plugin is in no registry. */
  readonly registry: string | undefined;
  open(options: PluginManagerOptions): Promise<PluginManager>;
  /** Makes the manager know the plugin, if it does not yet. @returns its id @throws BulkheadError of its declaration */
  load(manager: PluginManager): Promise<string>;
  /** Absolute paths of the libraries on this disk that its own files name; empty if it can't be read. */
  libraries(): Promise<readonly string[]>;
  /** Its registry entry as a text to compare; undefined if the registry can't be read. */
  declared(): Promise<string | undefined>;
}

/** @throws BulkheadError `REGISTRY_NOT_FOUND`, `REGISTRY_INVALID`, `PLUGIN_UNKNOWN` */
export async function findTarget(given: string, namedRegistry: string | undefined): Promise<DevelopmentTarget> {
  const registry = findRegistry(namedRegistry);
  const isPath = given.includes(sep) || given.includes('/') || given === '.' || given === '..';
  const isFolder = (await stat(given).catch(() => undefined))?.isDirectory() === true;
  if (isPath || (registry === undefined && isFolder)) return folderTarget(resolve(given));
  const file = registryOrExpected(namedRegistry);
  const { plugins } = await readRegistry(file);
  const found = plugins.find(({ id }) => id === given);
  if (found !== undefined) return registryTarget(file, found);
  if (isFolder) return folderTarget(resolve(given));
  const known = plugins.map(({ id }) => id);
  throw new BulkheadError('PLUGIN_UNKNOWN', { plugin: given, nearest: nearestName(given, known), known });
}

function folderTarget(folder: string): DevelopmentTarget {
  return {
    folder,
    registry: undefined,
    open: async (options) => new PluginManager(options),
    load: async (manager) => manager.plugins()[0]?.id ?? (await manager.loadPlugin(folder)),
    libraries: async () => await namedLibraries(async () => await loadPluginFolder(folder)),
    declared: async () => undefined,
  };
}

async function namedLibraries(read: () => Promise<PluginSpec | undefined>): Promise<readonly string[]> {
  try {
    const spec = await read();
    if (spec === undefined) return [];
    if (spec.environment.kind === 'node') return localPaths(await readNpmProject(spec, false));
    return sourceFolders((await readDeclaredProject(spec)).settings);
  } catch {
    return []; // the load says what is wrong
  }
}

function registryTarget(registry: string, { id, folder }: RegisteredPlugin): DevelopmentTarget {
  return {
    folder,
    registry,
    open: async (options) => await PluginManager.open(registry, { ...options, startAhead: false }),
    load: async () => id,
    libraries: async () =>
      await namedLibraries(async () => (await readRegistry(registry)).plugins.find((plugin) => plugin.id === id)?.spec),
    declared: async () => {
      const { plugins } = await readRegistry(registry).catch(() => ({ plugins: [] as readonly RegisteredPlugin[] }));
      const found = plugins.find((plugin) => plugin.id === id);
      // moving an entry within the file is no change
      return found === undefined
        ? undefined
        : jsonText({ ...found, source: undefined, spec: { ...found.spec, source: undefined } }, { pretty: false });
    },
  };
}
