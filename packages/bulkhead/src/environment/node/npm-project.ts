import { join } from 'node:path';
import { BulkheadError } from '../../errors/bulkhead-error.ts';
import { isRecord } from '../../lifecycle/is-record.ts';
import type { PluginSpec } from '../../registry/plugin-spec.ts';
import { readPluginFile } from '../requirements/plugin-file.ts';
import { type NpmLock, npmLock } from './npm-lock.ts';
import { resolveSources } from './npm-sources.ts';
import { nodeVersionFile } from './node-version-file.ts';
import { nodeRangeIn } from './package-fields.ts';

/** Packages by name, each as package.json asks for it: a range, a tag, an address, a folder. */
export type NpmPackages = Readonly<Record<string, string>>;

/** What a plugin asks npm for. */
export interface NpmProject {
  /** What decides which packages there are: the fields of package.json that npm reads for it. Paths are absolute. */
  readonly fields: Readonly<Record<string, unknown>>;
  /** What its code may import: what it can't run without, then what may be missing. */
  readonly required: NpmPackages;
  readonly optional: NpmPackages;
  /** Names of what lies on this disk. */
  readonly local: readonly string[];
  /** The Node that it runs on. */
  readonly engines: string | undefined;
  /** The Node that its author works with, where `engines` says nothing: a range. */
  readonly preferredNode: string | undefined;
  readonly lock: NpmLock | undefined;
}

const FIELDS = [
  'dependencies',
  'devDependencies',
  'optionalDependencies',
  'peerDependencies',
  'peerDependenciesMeta',
  'overrides',
];
/** The host brings its own, and lets it be found before any other. */
const SDK = '@bulkhead/plugin-sdk';

/**
 * @param heedsLock whether its lock file decides
 * @throws BulkheadError `MANIFEST_INVALID`, `PACKAGE_SOURCE_UNSUPPORTED`, `LOCK_UNSUPPORTED`, `LOCK_STALE`
 */
export async function readNpmProject(spec: PluginSpec, heedsLock: boolean = true): Promise<NpmProject> {
  const written = await readPackageFile(spec);
  const fields = Object.fromEntries(
    FIELDS.flatMap((name) => (isRecord(written[name]) || Array.isArray(written[name]) ? [[name, written[name]]] : [])),
  );
  const { resolved, local } = await resolveSources(spec, fields);
  const optional = packagesIn(resolved['optionalDependencies']);
  const peers = Object.entries(packagesIn(resolved['peerDependencies'])).filter(
    ([name]) => !isOptionalPeer(resolved['peerDependenciesMeta'], name),
  );
  // npm takes what is in both for optional
  const direct = Object.entries({ ...Object.fromEntries(peers), ...packagesIn(resolved['dependencies']) });
  const required = Object.fromEntries(direct.filter(([name]) => !Object.hasOwn(optional, name) && name !== SDK));
  const asksForNone = Object.keys(required).length + Object.keys(optional).length === 0;
  if (isRecord(written['workspaces']) || Array.isArray(written['workspaces']))
    throw new BulkheadError('PACKAGE_SOURCE_UNSUPPORTED', {
      plugin: spec.id,
      packageName: 'workspaces',
      source: 'workspaces',
      reason: 'its package.json is that of a whole workspace, and a plugin is one package',
      cure: 'Let `path` in the registry lead to one of the packages in it, or remove `workspaces`.',
    });
  const engines = nodeRangeIn(written);
  const isLocked = heedsLock && !asksForNone && spec.environment.asOf === undefined;
  const lock = isLocked ? await npmLock(spec) : undefined;
  return {
    fields: lock === undefined ? withoutSdk(resolved) : resolved,
    required,
    optional,
    local,
    engines,
    preferredNode: engines === undefined ? await nodeVersionFile(spec) : undefined,
    lock,
  };
}

/** Absolute paths of the folders and archives of this disk that it asks for. */
export function localPaths({ required, optional }: NpmProject): string[] {
  const sources = Object.values({ ...optional, ...required });
  return sources.flatMap((source) => (source.startsWith('file:') ? [source.slice('file:'.length)] : []));
}

async function readPackageFile({ id, folder }: PluginSpec): Promise<Readonly<Record<string, unknown>>> {
  const file = join(folder, 'package.json');
  const text = await readPluginFile(id, file);
  if (text === undefined) return {};
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : {};
  } catch (error) {
    // it was read as the manifest a moment ago, and has changed since
    const mistakes = [{ file, line: 1, column: 1, message: `JSON: ${(error as Error).message}` }];
    throw new BulkheadError('MANIFEST_INVALID', { plugin: id, mistakes }, { cause: error });
  }
}

/** npm would fetch it, to be found by nobody. A lock is left as it is. */
function withoutSdk(fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(fields).map(([field, packages]) => [
      field,
      isRecord(packages) ? Object.fromEntries(Object.entries(packages).filter(([name]) => name !== SDK)) : packages,
    ]),
  );
}

function packagesIn(value: unknown): NpmPackages {
  if (!isRecord(value)) return {};
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}

function isOptionalPeer(meta: unknown, name: string): boolean {
  const about = isRecord(meta) ? meta[name] : undefined;
  return isRecord(about) && about['optional'] === true;
}
