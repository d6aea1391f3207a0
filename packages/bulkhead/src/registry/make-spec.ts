import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { BulkheadError } from '../errors/bulkhead-error.ts';
import { parseDuration } from '../lifecycle/duration.ts';
import { parseSize } from '../lifecycle/size.ts';
import { DEFAULTS } from './defaults.ts';
import type { Written, WrittenTimeouts } from './field-schemas.ts';
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
    trialImport: entry.trial_import ?? DEFAULTS.trialImport,
    configuration: { ...manifest.config, ...entry.config },
    variables: entry.env ?? {},
    mayCall: entry.may_call ?? [],
    instances: { min: entry.instances?.min ?? manifest.instances?.min ?? DEFAULTS.instances.min },
    timeouts: timeoutsOf(entry.timeouts ?? {}, manifest.timeouts ?? {}),
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
  const of = (name: keyof WrittenTimeouts): number =>
    milliseconds(registry[name] ?? manifest[name] ?? DEFAULTS.timeouts[name]);
  return { start: of('start'), call: of('call'), cancelGrace: of('cancel_grace'), stop: of('stop') };
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
