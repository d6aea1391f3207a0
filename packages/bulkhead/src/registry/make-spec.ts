import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { BulkheadError } from '../errors/bulkhead-error.ts';
import { parseDuration } from '../lifecycle/duration.ts';
import { parseSize } from '../lifecycle/size.ts';
import { DEFAULTS } from './defaults.ts';
import type { Written, WrittenCache, WrittenInstances, WrittenTimeouts } from './field-schemas.ts';
import { type Manifest, readManifest } from './manifest.ts';
import type { PluginSpec, PluginTimeouts, SourcePosition } from './plugin-spec.ts';
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
    entryPoint: manifest.entry_point ?? DEFAULTS.entryPoint,
    isolation: entry.isolation ?? DEFAULTS.isolation,
    environment: entry.environment ?? DEFAULTS.environment,
    pythonVersion: entry.python_version ?? manifest.python_version,
    dependencies: entry.dependencies ?? [],
    asOf: entry.as_of,
    share: undefined,
    trialImport: entry.trial_import ?? DEFAULTS.trialImport,
    configuration: { ...manifest.config, ...entry.config },
    variables: entry.env ?? {},
    start: entry.start ?? DEFAULTS.start,
    reload: entry.reload ?? DEFAULTS.reload,
    mayCall: entry.may_call ?? [],
    hooks: [...new Set(entry.hooks ?? manifest.hooks ?? [])],
    instances: instancesOf(entry.instances, manifest.instances),
    concurrency: entry.concurrency ?? manifest.concurrency ?? DEFAULTS.concurrency,
    queue: { max: entry.queue?.max ?? DEFAULTS.queue.max },
    timeouts: timeoutsOf(entry.timeouts ?? {}, manifest.timeouts ?? {}),
    idleUnload: entry.idle_unload === undefined ? undefined : milliseconds(entry.idle_unload),
    recycle: recycleOf(entry.recycle ?? {}),
    cache: cacheOf(entry.cache ?? {}),
    limits: {
      frame: bytes(entry.limits?.frame ?? DEFAULTS.limits.frame),
      body: bytes(entry.limits?.body ?? DEFAULTS.limits.body),
    },
    image: entry.image,
    resources: resourcesOf(entry.resources ?? {}),
    source,
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
): PluginSpec['instances'] {
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

function recycleOf({ calls, memory }: NonNullable<RegistryEntry['recycle']>): PluginSpec['recycle'] {
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

function resourcesOf({ memory, cpu }: NonNullable<RegistryEntry['resources']>): PluginSpec['resources'] {
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

async function requireEntryPoint({ id, folder, entryPoint }: PluginSpec): Promise<void> {
  const file = join(folder, entryPoint);
  const found = await stat(file).catch((error: unknown) => error as Error);
  if (found instanceof Error || !found.isFile())
    throw new BulkheadError(
      'PLUGIN_ENTRY_POINT_MISSING',
      { plugin: id, file },
      { cause: found instanceof Error ? found : undefined },
    );
}
