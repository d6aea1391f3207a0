import { type Stats, statSync } from 'node:fs';
import { join } from 'node:path';
import { BulkheadError } from '../errors/bulkhead-error.ts';
import type { Secret } from '../lifecycle/hide-secrets.ts';
import { fieldGroups } from './fields/groups.ts';
import { mergeFields } from './fields/merge-fields.ts';
import { readManifest } from './manifest.ts';
import type { Manifest } from './manifest-file.ts';
import { nodeEntryPoint } from './node-entry-point.ts';
import { pluginFolder } from './plugin-folder.ts';
import type {
  EnvironmentKind,
  LaunchSpec,
  PluginSpec,
  PoolSpec,
  SharedEnvironment,
  SourcePosition,
} from './plugin-spec.ts';
import type { RegistryEntry } from './registry-schema.ts';

/** A valid entry whose references to the environment are resolved, and where it came from. */
export interface Declaration {
  readonly entry: Omit<RegistryEntry, 'path'>;
  /** Absolute. */
  readonly folder: string;
  readonly source: SourcePosition;
  readonly secrets: readonly Secret[];
}

/**
 * Merges the registry entry with the plugin's own manifest; the registry wins, field by field.
 *
 * @throws BulkheadError PLUGIN_FOLDER_MISSING, MANIFEST_INVALID or PLUGIN_ENTRY_POINT_MISSING.
 */
export async function specOf(declaration: Declaration): Promise<PluginSpec> {
  const { entry, folder, source } = declaration;
  // What a container runs is in its image; the folder may be on another machine.
  const local = (entry.isolation ?? fieldGroups.launch.isolation.default) !== 'docker';
  if (local) requireFolder(entry.id, folder, source);
  const manifest = await readManifest(folder, entry.id, entry.environment);
  const spec = await withEntryPoint(joined(declaration, manifest), manifest);
  if (local) requireEntryPoint(spec);
  return spec;
}

function joined({ entry, folder, source, secrets }: Declaration, manifest: Manifest): PluginSpec {
  const { plugin, environment, launch, pool, calls } = fieldGroups;
  const launched = mergeFields(launch, entry, manifest);
  const builder = mergeFields(environment, entry, manifest);
  const kind = environmentKind(launched, manifest, builder);
  return {
    id: entry.id,
    version: manifest.version,
    folder,
    source,
    // The host shows the plugin's folder everywhere: a variable such as HOME that is a part of it is no secret.
    secrets: secrets.filter(({ value }) => !folder.includes(value.trim())),
    ...mergeFields(plugin, entry, manifest),
    environment: {
      ...builder,
      kind,
      language: manifest.language,
      share: builder.share ?? usualGroup(launched, kind, builder.python),
    },
    launch: inPlace(withTransport(launched, entry), source.file),
    // Further threads of a plugin in Python wait for the same interpreter: its author has processes in mind.
    pool: aloneAtItsAddress(
      launched,
      mergeFields(
        pool,
        entry,
        launched.isolation === 'thread' && kind !== 'node' ? { ...manifest, instances: undefined } : manifest,
      ),
    ),
    calls: mergeFields(calls, entry, manifest),
  };
}

/** Plugins that run in threads share an environment where nothing else is said. */
function usualGroup(
  { isolation }: Pick<LaunchSpec, 'isolation'>,
  kind: EnvironmentKind,
  python: string | undefined,
): SharedEnvironment | undefined {
  if (isolation !== 'thread') return undefined;
  const parts = kind === 'node' ? [kind] : [kind === 'uv' ? undefined : kind, python];
  return { name: ['threads', ...parts.filter((part) => part !== undefined)].join('-'), members: [] };
}

/** Two services can't bind one address. */
function aloneAtItsAddress({ binds }: Pick<LaunchSpec, 'binds'>, pool: PoolSpec): PoolSpec {
  return binds === undefined ? pool : { ...pool, reload: 'stop_first' };
}

/** A command is given no sockets. */
function withTransport<Launch extends Pick<LaunchSpec, 'transport' | 'command'>>(
  launch: Launch,
  { transport }: Declaration['entry'],
): Launch {
  return launch.command !== undefined && transport === undefined ? { ...launch, transport: 'stdio' } : launch;
}

function environmentKind(
  { isolation, command, pattern, address }: Pick<LaunchSpec, 'isolation' | 'command' | 'pattern' | 'address'>,
  { language }: Manifest,
  { kind }: { readonly kind: 'uv' | 'venv' | 'node' },
): EnvironmentKind {
  if (isolation === 'docker') return 'image';
  const runsAlready = pattern === 'rep' && address !== undefined;
  if (command !== undefined || runsAlready) return 'none';
  return language === 'node' ? 'node' : kind;
}

/** What the field says by default is for Python. */
async function withEntryPoint(spec: PluginSpec, manifest: Manifest): Promise<PluginSpec> {
  if (manifest.language !== 'node') return spec;
  const file = await nodeEntryPoint(spec.folder, manifest);
  return { ...spec, launch: { ...spec.launch, entryPoint: { file, module: undefined, className: undefined } } };
}

/** Paths are written relative to the file that they stand in. */
function inPlace({ permissions, ...launch }: Omit<LaunchSpec, 'confined' | 'isolated'>, file: string): LaunchSpec {
  if (permissions === undefined) return { ...launch, permissions, confined: false, isolated: false };
  const confined = launch.isolation === 'process' && launch.sandbox !== 'off';
  const needsNameSpaces = launch.sandbox === 'full' || Array.isArray(permissions.network);
  const resolved = (paths: readonly string[]): string[] => paths.map((path) => pluginFolder(file, path));
  return {
    ...launch,
    permissions: { ...permissions, read: resolved(permissions.read), write: resolved(permissions.write) },
    confined,
    isolated: confined && needsNameSpaces,
  };
}

function requireFolder(plugin: string, folder: string, source: SourcePosition): void {
  const found = lookAt(folder);
  const declared = `${source.file}:${source.line}:${source.column}`;
  if (found instanceof Error)
    throw new BulkheadError('PLUGIN_FOLDER_MISSING', { plugin, folder, declared }, { cause: found });
  if (found.isDirectory()) return;
  throw new BulkheadError('REGISTRY_INVALID', {
    mistakes: [{ ...source, message: `path: expected the folder of plugin "${plugin}", found a file: ${folder}` }],
  });
}

function requireEntryPoint({ id, folder, launch }: PluginSpec): void {
  // a module may lie anywhere on the path of the environment
  if (launch.entryPoint.file === undefined || launch.command !== undefined) return;
  const file = join(folder, launch.entryPoint.file);
  const found = lookAt(file);
  if (found instanceof Error || !found.isFile())
    throw new BulkheadError(
      'PLUGIN_ENTRY_POINT_MISSING',
      { plugin: id, file },
      { cause: found instanceof Error ? found : undefined },
    );
}

/** A wait for the answer would take many times as long as the look: a thousand plugins are looked at. */
function lookAt(file: string): Stats | Error {
  try {
    return statSync(file);
  } catch (error) {
    return error as Error;
  }
}
