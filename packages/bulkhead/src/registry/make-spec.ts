import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { BulkheadError } from '../errors/bulkhead-error.ts';
import { parseDuration } from '../lifecycle/duration.ts';
import { parseSize } from '../lifecycle/size.ts';
import { DEFAULTS } from './defaults.ts';
import type { Written, WrittenCache, WrittenInstances, WrittenTimeouts } from './field-schemas.ts';
import { type Manifest, readManifest } from './manifest.ts';
import type { LaunchSpec, PluginSpec, PluginTimeouts, PoolSpec, SourcePosition } from './plugin-spec.ts';
import type { RegistryEntry } from './registry-schema.ts';

/** A valid entry whose references to the environment are resolved, and where it came from. */
export interface Declaration {
  readonly entry: Omit<RegistryEntry, 'path'>;
  /** Absolute. */
  readonly folder: string;
  readonly source: SourcePosition;
}

/**
 * Reads the plugin's own manifest and joins it with what the registry says, which goes first, field by field.
 *
 * @throws BulkheadError PLUGIN_FOLDER_MISSING, MANIFEST_INVALID or PLUGIN_ENTRY_POINT_MISSING.
 */
export async function specOf({ entry, folder, source }: Declaration): Promise<PluginSpec> {
  // What a container runs is in its image; the folder may be on another machine.
  const local = (entry.isolation ?? DEFAULTS.isolation) === 'process';
  if (local) await requireFolder(entry.id, folder, source);
  const manifest = await readManifest(join(folder, 'pyproject.toml'), entry.id);
  const spec = joined({ entry, folder, source }, manifest);
  if (local) await requireEntryPoint(spec);
  return spec;
}

function joined({ entry, folder, source }: Declaration, manifest: Manifest): PluginSpec {
  return {
    id: entry.id,
    version: manifest.version,
    folder,
    source,
    configuration: { ...manifest.config, ...entry.config },
    environment: {
      kind: entry.environment ?? DEFAULTS.environment,
      python: entry.python_version ?? manifest.python_version,
      dependencies: entry.dependencies ?? [],
      asOf: entry.as_of,
      trialImport: entry.trial_import ?? DEFAULTS.trialImport,
      share: undefined,
    },
    launch: {
      entryPoint: manifest.entry_point ?? DEFAULTS.entryPoint,
      isolation: entry.isolation ?? DEFAULTS.isolation,
      start: entry.start ?? DEFAULTS.start,
      variables: entry.env ?? {},
      image: entry.image,
      resources: resourcesOf(entry.resources ?? {}),
    },
    pool: {
      instances: instancesOf(entry.instances, manifest.instances),
      idleUnload: entry.idle_unload === undefined ? undefined : milliseconds(entry.idle_unload),
      recycle: recycleOf(entry.recycle ?? {}),
      reload: entry.reload ?? DEFAULTS.reload,
    },
    calls: {
      timeouts: timeoutsOf(entry.timeouts ?? {}, manifest.timeouts ?? {}),
      queue: { max: entry.queue?.max ?? DEFAULTS.queue.max },
      concurrency: entry.concurrency ?? manifest.concurrency ?? DEFAULTS.concurrency,
      limits: {
        frame: bytes(entry.limits?.frame ?? DEFAULTS.limits.frame),
        body: bytes(entry.limits?.body ?? DEFAULTS.limits.body),
      },
      mayCall: entry.may_call ?? [],
    },
    cache: cacheOf(entry.cache ?? {}),
    hooks: [...new Set(entry.hooks ?? manifest.hooks ?? [])],
  };
}

function timeoutsOf(registry: WrittenTimeouts, manifest: WrittenTimeouts): PluginTimeouts {
  const of = (name: keyof typeof DEFAULTS.timeouts): number =>
    milliseconds(registry[name] ?? manifest[name] ?? DEFAULTS.timeouts[name]);
  const ifGiven = (name: 'queue' | 'idle'): number | undefined => {
    const written = registry[name] ?? manifest[name];
    return written === undefined ? undefined : milliseconds(written);
  };
  return {
    queue: ifGiven('queue'),
    start: of('start'),
    idle: ifGiven('idle'),
    call: of('call'),
    cancelGrace: of('cancel_grace'),
    stop: of('stop'),
  };
}

/** A bare number is both; what the registry leaves open is the manifest's, but never a `min` over its `max`. */
function instancesOf(
  registry: WrittenInstances | undefined,
  manifest: WrittenInstances | undefined,
): PoolSpec['instances'] {
  const first = bothOf(registry);
  const second = bothOf(manifest);
  const max = first.max ?? Math.max(first.min ?? 0, second.max ?? second.min ?? DEFAULTS.instances.max, 1);
  return {
    min: first.min ?? Math.min(second.min ?? DEFAULTS.instances.min, max),
    max,
    spare: first.spare ?? second.spare ?? DEFAULTS.instances.spare,
  };
}

function bothOf(written: WrittenInstances | undefined): Exclude<WrittenInstances, number> {
  return typeof written === 'number' ? { min: written, max: written } : (written ?? {});
}

function recycleOf({ calls, memory }: NonNullable<RegistryEntry['recycle']>): PoolSpec['recycle'] {
  return { ...(calls === undefined ? {} : { calls }), ...(memory === undefined ? {} : { memory: bytes(memory) }) };
}

function cacheOf(written: WrittenCache): PluginSpec['cache'] {
  if (written === false) return false;
  return Object.fromEntries(
    Object.entries(written).map(([action, settings]) => {
      if (settings === false) return [action, false];
      const { ttl, max_entries: maxEntries, max_bytes: maxBytes } = settings;
      return [
        action,
        {
          ...(ttl === undefined ? {} : { ttl: milliseconds(ttl) }),
          ...(maxEntries === undefined ? {} : { maxEntries }),
          ...(maxBytes === undefined ? {} : { maxBytes: bytes(maxBytes) }),
        },
      ];
    }),
  );
}

function resourcesOf({ memory, cpu }: NonNullable<RegistryEntry['resources']>): LaunchSpec['resources'] {
  return { ...(memory === undefined ? {} : { memory: bytes(memory) }), ...(cpu === undefined ? {} : { cpu }) };
}

function milliseconds(written: Written): number {
  return parseDuration(written) ?? unchecked(written);
}

function bytes(written: Written): number {
  return parseSize(written) ?? unchecked(written);
}

function unchecked(written: Written): never {
  throw new BulkheadError('INTERNAL', { reason: `"${written}" got past the registry's schema` });
}

async function requireFolder(plugin: string, folder: string, source: SourcePosition): Promise<void> {
  const found = await stat(folder).catch((error: unknown) => error as Error);
  const declared = `${source.file}:${source.line}:${source.column}`;
  if (found instanceof Error)
    throw new BulkheadError('PLUGIN_FOLDER_MISSING', { plugin, folder, declared }, { cause: found });
  if (found.isDirectory()) return;
  throw new BulkheadError('REGISTRY_INVALID', {
    mistakes: [{ ...source, message: `path: expected the folder of plugin "${plugin}", found a file: ${folder}` }],
  });
}

async function requireEntryPoint({ id, folder, launch }: PluginSpec): Promise<void> {
  const file = join(folder, launch.entryPoint);
  const found = await stat(file).catch((error: unknown) => error as Error);
  if (found instanceof Error || !found.isFile())
    throw new BulkheadError(
      'PLUGIN_ENTRY_POINT_MISSING',
      { plugin: id, file },
      { cause: found instanceof Error ? found : undefined },
    );
}
